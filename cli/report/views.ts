import { agentsTable, readAgents } from "./by-agent.ts";
import { daysTable, readDays } from "./by-day.ts";
import { type Asked, readReport } from "./read-report.ts";
import { reportTable, type TableOptions } from "./table.ts";
import type { ViewName } from "./view-names.ts";

/** A report that has been read. */
interface View {
  /** Whether it has no entries. */
  readonly isEmpty: boolean;
  readonly table: (options: TableOptions) => string;
}

/** How each report is read and shown. `read` throws ReportFailure for JSON that is not that report. */
export const VIEWS: Readonly<Record<ViewName, { readonly read: (json: string, asked: Asked) => View }>> = {
  organization: {
    read: (json, asked) => {
      const report = readReport(json, asked);
      return {
        isEmpty: report.organizations.length === 0,
        table: (options) => reportTable(report, options),
      };
    },
  },
  agent: {
    read: (json, asked) => {
      const report = readAgents(json, asked);
      return { isEmpty: report.agents.length === 0, table: (options) => agentsTable(report, options) };
    },
  },
  day: {
    read: (json, asked) => {
      const report = readDays(json, asked);
      return { isEmpty: false, table: (options) => daysTable(report, options) };
    },
  },
};
