import { athenaInput } from "../../lib/athena/input.ts";
import { athenaQuerier } from "../../lib/athena/querier.ts";
import { athena } from "../../lib/composition/athena.ts";
import { awsAccess } from "../../lib/composition/aws-access.ts";
import { callerClaims } from "../../lib/composition/caller-claims.ts";
import { codeHash } from "../../lib/composition/code-hash.ts";
import { environmentOrExit, reportVariables } from "../../lib/composition/environment.ts";
import { requestsToS3 } from "../../lib/composition/object-reader.ts";
import { partnerBudget } from "../../lib/composition/partner-budget.ts";
import type { AnswerReuse } from "../../lib/http/answer-reuse.ts";
import { REPORTS } from "../../lib/reports/table.ts";
import { answerStore } from "../../lib/s3/answer-store.ts";
import { coverageReader } from "../../lib/s3/coverage-reader.ts";
import { namesReader } from "../../lib/s3/names-reader.ts";
import { reportsApi } from "./handler.ts";

const environment = environmentOrExit(reportVariables, process.env);

// Short, because a call that hangs is retried within the request's deadline.
const access = awsAccess(environment.AWS_REGION, process.env, {
  connect: 1_000,
  answer: 4_000,
  bytes: 4_000,
});
const { client, openObject, settings } = athena(environment, access);
const { LAKE_LOCATION: lake, ROLLUP_LOCATION: rollup, ANSWERS_LOCATION: answers } = environment;

function answerReuse(): AnswerReuse | undefined {
  if (!lake || !rollup || !answers) return undefined;
  const send = requestsToS3(environment, access);
  return {
    names: namesReader(send, lake, () => Date.now() + access.clock.offset()),
    answers: answerStore(send, answers),
    athenaInput: athenaInput(settings),
    code: codeHash(new URL("./", import.meta.url)),
    lake,
    rollup,
  };
}

export const handler = reportsApi({
  reports: REPORTS,
  query: athenaQuerier(client, openObject, {
    ...settings,
    freshnessSeconds: environment.FRESHNESS_SECONDS,
    // A caller waits for the answer.
    waitsOutThrottling: false,
  }),
  coverage: rollup && lake ? coverageReader(openObject, rollup, lake) : undefined,
  budget: partnerBudget(environment, access),
  reuse: answerReuse(),
  limits: { earliestDate: environment.EARLIEST_DATE, maxRangeDays: environment.MAX_RANGE_DAYS },
  ...callerClaims(environment, openObject),
  callerHashKey: environment.CALLER_HASH_KEY,
  now: Date.now,
  write: (line) => void process.stdout.write(`${line}\n`),
});
