import { athenaQuerier } from "../../lib/athena/querier.ts";
import { athena } from "../../lib/composition/athena.ts";
import { callerClaims } from "../../lib/composition/caller-claims.ts";
import { connections } from "../../lib/composition/connections.ts";
import { environmentOrExit, reportVariables } from "../../lib/composition/environment.ts";
import { partnerBudget } from "../../lib/composition/partner-budget.ts";
import { REPORTS } from "../../lib/reports/table.ts";
import { coverageReader } from "../../lib/s3/coverage-reader.ts";
import { reportsApi } from "./handler.ts";

const environment = environmentOrExit(reportVariables, process.env);

// Short, because a call that hangs is retried within the request's deadline.
const requestHandler = connections({ connect: 1_000, answer: 4_000, bytes: 4_000 });
const { client, openObject, settings } = athena(environment, requestHandler);
const { LAKE_LOCATION: lake, ROLLUP_LOCATION: rollup } = environment;

export const handler = reportsApi({
  reports: REPORTS,
  query: athenaQuerier(client, openObject, {
    ...settings,
    freshnessSeconds: environment.FRESHNESS_SECONDS,
    // A caller waits for the answer.
    waitsOutThrottling: false,
  }),
  coverage: rollup && lake ? coverageReader(openObject, rollup, lake) : undefined,
  budget: partnerBudget(environment, client, requestHandler),
  limits: { earliestDate: environment.EARLIEST_DATE, maxRangeDays: environment.MAX_RANGE_DAYS },
  ...callerClaims(environment, openObject),
  callerHashKey: environment.CALLER_HASH_KEY,
  now: Date.now,
  write: (line) => void process.stdout.write(`${line}\n`),
});
