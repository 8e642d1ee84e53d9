import { minutesByAgent } from "./minutes-by-agent/definition.ts";
import { minutesByDay } from "./minutes-by-day/definition.ts";
import { minutesByOrganization } from "./minutes-by-organization/definition.ts";
import type { Report } from "./report.ts";

/** Every report of the service. The function, the routes, the documents, the dashboard and the tests follow it. */
export const REPORTS: readonly Report[] = [minutesByOrganization, minutesByAgent, minutesByDay];
