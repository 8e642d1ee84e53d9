/** Runs the usage query on a scripted Athena. */
import { type AthenaSettings, athenaQuerier } from "../../../lib/athena/querier.ts";
import type { ExecutionFacts } from "../../../lib/query.ts";
import type { OpenObject } from "../../../lib/s3/read-object.ts";
import { USAGE_QUERY_COLUMNS, usageQuery } from "../../../lib/usage/query.ts";
import { queryCells } from "../usage/cells.ts";
import { arriving, collect, periodOf, rejectionOf, scopeOf, uuid } from "../valid.ts";
import { encodeResultCsv } from "./encode.ts";
import { type Step, scriptedAthena, withoutWaiting } from "./scripted-athena.ts";

export const SETTINGS: AthenaSettings = {
  workgroup: "reports",
  database: "lake",
  catalog: "AwsDataCatalog",
  output: undefined,
  freshnessSeconds: 60,
  waitsOutThrottling: false,
};
export const [R, O] = [uuid("1"), uuid("2")];
export const QUERY = usageQuery({
  scope: scopeOf(R),
  period: periodOf("2026-04-01", "2026-04-30"),
  organizationIds: undefined,
});
export const HEADER = [...USAGE_QUERY_COLUMNS];
export const CUTOFF = 10_000_000;

/** A line of the result: an agent with this many seconds. */
export function agentLine(seconds: number | string): (string | null)[] {
  const ids = { reseller_id: R, organization_id: O, agent_id: uuid("3") };
  return queryCells({ ...ids, seconds: String(seconds), name: "Ann", internal_id: "" });
}

/** Reads every object as this text. */
export function objectOf(text: string): OpenObject {
  return async () => arriving([Buffer.from(text)]);
}

export const RESULT = objectOf(encodeResultCsv([HEADER, agentLine(60)]));

export interface Setup {
  readonly openObject?: OpenObject;
  readonly settings?: Partial<AthenaSettings>;
  /** Milliseconds that the request has. */
  readonly time?: number;
}

/**
 * Runs a query on a scripted Athena whose executions have these states; returns its rows and everything that
 * happened.
 */
export function runOn(
  athena: ReturnType<typeof scriptedAthena>,
  { openObject = RESULT, settings, time = 27_000 }: Setup = {},
) {
  const facts: ExecutionFacts[] = [];
  const querier = athenaQuerier(athena.client, openObject, { ...SETTINGS, ...settings });
  const observe = (known: ExecutionFacts) => void facts.push(known);
  const batches = collect(querier(QUERY, { deadline: Date.now() + time, observe }));
  const rows = withoutWaiting(batches.then((each) => each.flat()));
  return { rows, facts };
}

/** Returns the failure of a query whose executions have these states in turn. */
export async function failureOn(lives: readonly (readonly Step[])[], setup?: Setup) {
  const athena = scriptedAthena();
  athena.scanCutoff(CUTOFF);
  athena.executions(...lives);
  const error = await rejectionOf(runOn(athena, setup).rows);
  return { error, athena };
}
