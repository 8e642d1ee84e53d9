/** What an engine answers to the query of a month, worked out from a few records one by one. */
import { daysOf, type Month, periodOf } from "../../../lib/billing/month.ts";
import { uuid } from "../valid.ts";

/** A record of a call. Of several of one call the one that was written last counts. */
export interface CallRecord {
  readonly call: string;
  readonly dt: string;
  /** Of one organization of the reseller. */
  readonly reseller: string;
  readonly agent: string;
  readonly seconds: number;
  readonly recordedAt: string;
}

/** An agent of the directory. */
export type DirectoryAgent = Pick<CallRecord, "reseller" | "agent">;

export type Cells = readonly (string | null)[];

const NULLABLE = new Set([
  "reseller_id",
  "organization_id",
  "agent_id",
  "name",
  "external_id",
  "internal_id",
  "dt",
  "left_out_at",
]);

/** The ids of a line as the service has them. */
export function idsOf({ reseller, agent }: DirectoryAgent) {
  return {
    reseller_id: uuid(reseller),
    organization_id: uuid(`b${reseller}`),
    agent_id: uuid(agent),
  };
}

/** The calls that count as of an instant: of each the record that was written last. */
export function countedCalls(records: readonly CallRecord[], asOf: string): CallRecord[] {
  const latest = new Map<string, CallRecord>();
  for (const record of records) {
    const rival = latest.get(record.call);
    const isLater = rival === undefined || record.recordedAt > rival.recordedAt;
    if (record.recordedAt < asOf && isLater) latest.set(record.call, record);
  }
  return [...latest.values()];
}

/** Seconds by `reseller organization agent`, without zeros. */
export function figuresAsOf(records: readonly CallRecord[], asOf: string): Map<string, number> {
  const figures = new Map<string, number>();
  for (const record of countedCalls(records, asOf)) {
    const key = Object.values(idsOf(record)).join(" ");
    if (record.seconds > 0) figures.set(key, (figures.get(key) ?? 0) + record.seconds);
  }
  return figures;
}

/** How many calls each day has. */
export function callsByDay(records: readonly CallRecord[], asOf: string): Map<string, number> {
  const calls = new Map<string, number>();
  for (const { dt } of countedCalls(records, asOf)) calls.set(dt, (calls.get(dt) ?? 0) + 1);
  return calls;
}

/** The month whose first and last day are among the parameters of a query. */
export function monthIn(months: Iterable<Month>, parameters: readonly string[]): Month | undefined {
  return [...months].find((of) => {
    const { start, end } = periodOf(of);
    return parameters.includes(`'${start}'`) && parameters.includes(`'${end}'`);
  });
}

/** The cutoff among the parameters of a query. */
export function asOfIn(parameters: readonly string[]): string {
  const literal = parameters.find((each) => each.startsWith("TIMESTAMP ")) ?? "";
  return literal.replace(/^TIMESTAMP '(.*) (.*)'$/, "$1T$2Z");
}

/** The rows of the result: the days, each agent of the calls and of the directory, and the total. */
export function monthRows(
  columns: readonly string[],
  records: readonly CallRecord[],
  directory: readonly DirectoryAgent[],
  asOf: string,
): Cells[] {
  const counted = countedCalls(records, asOf);
  const rows: Record<string, string | number>[] = [];
  const byDay = Map.groupBy(counted, ({ dt }) => dt);
  const lateByDay = Map.groupBy(
    records.filter(({ recordedAt }) => recordedAt >= asOf),
    ({ dt }) => dt,
  );
  for (const dt of [...new Set([...byDay.keys(), ...lateByDay.keys()])].sort()) {
    const own = byDay.get(dt) ?? [];
    const late = (lateByDay.get(dt) ?? []).map(({ recordedAt }) => recordedAt).sort();
    const left = late.at(0)?.replace("T", " ").replace("Z", ".000");
    rows.push({
      dt,
      seconds: sumOf(own),
      calls: own.length,
      ...(left !== undefined && { left_out_at: left }),
    });
  }
  const byLine = Map.groupBy(counted, keyOf);
  const lines = new Map([...directory, ...counted].map((line) => [keyOf(line), idsOf(line)]));
  for (const key of [...lines.keys()].sort()) {
    const own = byLine.get(key) ?? [];
    rows.push({ ...lines.get(key), seconds: sumOf(own), calls: own.length });
  }
  const total = { seconds: 2 * sumOf(counted), calls: 2 * counted.length, figures: rows.length };
  return [...rows, total].map((row) => {
    const cells = new Map(Object.entries({ figures: 1, ...row }));
    return columns.map((name) => {
      const cell = cells.get(name);
      return cell === undefined ? (NULLABLE.has(name) ? null : "0") : String(cell);
    });
  });
}

/** One call a day of the month, each by the same agent. */
export function everyDay(of: Month, { reseller, agent }: DirectoryAgent): CallRecord[] {
  return daysOf(of).map((dt) => ({
    call: `every day ${dt}`,
    dt,
    reseller,
    agent,
    seconds: 60,
    recordedAt: `${dt}T12:00:00Z`,
  }));
}

function keyOf({ reseller, agent }: DirectoryAgent): string {
  return Object.values(idsOf({ reseller, agent })).join(" ");
}

function sumOf(calls: readonly CallRecord[]): number {
  return calls.reduce((sum, { seconds }) => sum + seconds, 0);
}
