/** The records of the model's platform as the rows of a lake, so that an engine can answer the queries. */
import { sha256 } from "../../../lib/billing/statement.ts";
import type { Lake } from "../../../local/lake/records.ts";
import { type CallRecord, type DirectoryAgent, idsOf } from "./scripted-month.ts";

/** A lake with these calls, and a directory that has these agents and their organizations. */
export function lakeOfCalls(records: readonly CallRecord[], directory: readonly DirectoryAgent[]): Lake {
  const agents = directory.map((agent) => ({
    ...idsOf(agent),
    external_id: null,
    internal_id: null,
    name: null,
  }));
  const organizations = new Map(
    agents.map(({ reseller_id, organization_id }) => [
      organization_id,
      { organization_id, reseller_id, internal_id: null, name: null },
    ]),
  );
  return {
    call_usage: records.map((record) => ({
      ...idsOf(record),
      call_id: callIdOf(record.call),
      started_at: new Date(record.dt),
      duration_seconds: BigInt(record.seconds),
      recorded_at: new Date(record.recordedAt),
      dt: record.dt,
    })),
    resellers: [],
    organizations: [...organizations.values()],
    agents,
  };
}

/** A UUID for the model's name of a call. */
function callIdOf(call: string): string {
  return sha256(Buffer.from(call)).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12}).*$/, "$1-$2-$3-$4-$5");
}
