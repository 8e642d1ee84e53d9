/** A request for each report, whatever its parameters are, so that a new report is tested like the others. */
import type { ReportParameters } from "../lib/request/report-request.ts";
import { isList } from "../lib/request/report-request.ts";

/** The parts of a report that its requests need. */
export interface Askable {
  readonly parameters: Pick<ReportParameters, "shape">;
}

/** The days, and every required list. */
export function requiredMembers(
  { parameters }: Askable,
  days: { readonly start_date: string; readonly end_date: string },
  ids: readonly string[],
): Readonly<Record<string, string | readonly string[]>> {
  const required = Object.entries(parameters.shape).filter(
    ([name, schema]) => isList(name) && schema._zod.def.type !== "optional",
  );
  return { ...days, ...Object.fromEntries(required.map(([name]) => [name, ids])) };
}

/** The members as a query string. */
export function queryStringOf(members: Readonly<Record<string, string | readonly string[]>>): string {
  const pairs = Object.entries(members).map(([name, value]) => `${name}=${[value].flat().join(",")}`);
  return `?${pairs.join("&")}`;
}
