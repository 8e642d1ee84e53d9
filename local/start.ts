/** `npm start`: builds the functions and runs them behind a local gateway, over a lake folder. */
import { appendFileSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { parseArgs } from "node:util";
import { askEngine, checkLake } from "../audit/doctor/check-lake.ts";
import { lineOf } from "../audit/doctor/finding.ts";
import { folderSource } from "../audit/doctor/lake-source.ts";
import { buildFunctions } from "../infra/build.ts";
import { buildPortal } from "../infra/build-portal.ts";
import { addDays, dayOf } from "../lib/period.ts";
import { MAX_RESELLERS } from "../lib/scope/grant.ts";
import { DEFAULT_QUOTAS } from "./athena/quotas.ts";
import type { Engine } from "./engine/engine.ts";
import { LakeError } from "./engine/lake-tables.ts";
import { SAMPLE_ACCOUNT } from "./issuer/partners.ts";
import { extentOfDays, projectionFrom } from "./lake/files.ts";
import {
  adviceOn,
  BUILT_FUNCTIONS,
  BUILT_PORTAL,
  EARLIEST_DATE,
  LAKE_OPTIONS,
  objectsOf,
  openLake,
  requireEngine,
  requirePort,
  UsageError,
} from "./options.ts";
import { rollupProgress } from "./rollup-progress.ts";
import { endWith } from "./shutdown.ts";
import { type Stack, startStack } from "./stack.ts";

const USAGE = `Usage: npm start -- [options]
  --data DIR             a lake folder (default: a sample lake, which is made once)
  --port N               of the gateway; the four ports after it are taken too (8787)
  --engine duckdb|trino  what runs the SQL (duckdb)
  --trino-url URL        a running Trino that has the lake as schema hive.minutes (default: one is
                         downloaded and started)
  --athena-quotas        limits Athena's calls and active queries as AWS does by default
  --partner-executions N new executions that a partner may start in a minute; 0: no limit (60)
  --no-rollup            reads every day from its calls, as before the first rollup
  --verbose              prints the functions' log too, one JSON object a line`;

function readArguments() {
  const { values } = parseArgs({
    options: {
      ...LAKE_OPTIONS,
      "athena-quotas": { type: "boolean", default: false },
      "partner-executions": { type: "string", default: "60" },
      "no-rollup": { type: "boolean", default: false },
      verbose: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  const perMinute = values["partner-executions"];
  if (!/^[0-9]{1,6}$/.test(perMinute)) throw new UsageError("--partner-executions takes a whole number");
  return {
    ...values,
    perMinute: Number(perMinute),
    port: requirePort(values.port),
    engine: requireEngine(values),
  };
}

async function start(): Promise<void> {
  const options = readArguments();
  if (options.help) return console.log(USAGE);
  console.error("Building the functions and the report page …");
  await Promise.all([buildFunctions(), buildPortal()]);
  const { directory: lake, engine } = await openLake(options);
  if (options.data !== undefined) await requireUsable(lake, engine);
  console.error("Starting the gateway, the issuer, Athena, S3 and DynamoDB …");
  if (!options["no-rollup"])
    console.error("Then rolling up each day: adding up its calls, for fast reports …");
  const progress = rollupProgress();
  const log = logFile(options.port);
  const stack = await startStack({
    port: options.port,
    engine,
    lake,
    functions: BUILT_FUNCTIONS,
    portal: BUILT_PORTAL,
    objects: objectsOf(options.port),
    partnerExecutionsPerMinute: options.perMinute,
    athenaQuotas: options["athena-quotas"] ? DEFAULT_QUOTAS : undefined,
    log: (text) => {
      progress.read(text);
      log.write(text);
      if (options.verbose) process.stderr.write(text);
    },
  });
  endWith(async () => {
    await stack.close();
    await engine.close();
  });
  await stack.grant(SAMPLE_ACCOUNT, (await resellersOf(engine)).slice(0, MAX_RESELLERS));
  if (!options["no-rollup"]) await rollUp(stack, progress);
  progress.end();
  await announce(stack, engine, { lake, log: log.path, port: options.port });
}

/** Opens an empty file for the functions' log, readable only by its owner. */
function logFile(port: number) {
  const path = join(import.meta.dirname, "..", ".local", `log-${port}.jsonl`);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, "", { mode: 0o600 });
  return { path, write: (text: string) => appendFileSync(path, text) };
}

/**
 * Runs the quick part of `npm run doctor` and prints a line for each finding.
 *
 * @throws LakeError if every report would be wrong
 */
async function requireUsable(lake: string, engine: Engine): Promise<void> {
  const { findings, isUnusable } = await checkLake(
    folderSource(lake),
    askEngine(engine),
    EARLIEST_DATE,
    "quick",
  );
  for (const finding of findings) console.error(`${finding.level}: ${lineOf(finding)}`);
  if (isUnusable) {
    throw new LakeError(`The lake ${lake} cannot be used. Correct the errors above, then start again.`);
  }
  if (findings.length > 0) console.error(`npm run -s doctor -- --data ${lake} checks every month.`);
}

/** A failure here does no harm: a day that is not rolled up is read from its calls. */
async function rollUp(stack: Stack, progress: ReturnType<typeof rollupProgress>): Promise<void> {
  try {
    console.error(progress.tell(await stack.rollUp()));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    console.error(`Not every day could be rolled up. The other days are read from their calls. ${reason}`);
  }
}

interface Places {
  readonly lake: string;
  readonly log: string;
  readonly port: number;
}

/** Prints the addresses of everything, and a call that works when pasted. */
async function announce(stack: Stack, engine: Engine, { lake, log, port }: Places): Promise<void> {
  const { resellers, period } = await exampleOf(engine, lake);
  const url = `${stack.url}/v1/reports/minutes-by-organization?${period}`;
  const token = `npm run -s token -- --all${port === 8787 ? "" : ` --port ${port}`}`;
  console.log(`
Voice minutes of ${resellers === 1 ? "1 reseller" : `${resellers} resellers`}, on this machine:

  page     ${stack.url}/portal/?month=${period.slice(-10, -3)}
  sign-in  the page asks for it: choose any partner, no password
  API      ${stack.url}
  docs     ${stack.url}/docs

  lake     ${lake}
  log      ${log}
  issuer   ${stack.issuer}
  Athena   ${stack.athena}
  S3       ${stack.s3}
  DynamoDB ${stack.dynamodb ?? "not started"}

Try the API, from this folder in another terminal:

curl -sS --compressed -H "authorization: Bearer $(${token})" '${url}'

Press Ctrl-C to stop everything.
ready ${stack.url}`);
}

/** The ids of the lake's resellers. */
async function resellersOf(engine: Engine): Promise<string[]> {
  const query = "SELECT DISTINCT reseller_id FROM resellers ORDER BY 1";
  const { rows } = await engine.run(query, [], new AbortController().signal);
  return rows.flatMap(([id]) => id ?? []);
}

/**
 * Returns what to show about a lake: its number of resellers, and the last complete month of its calls, or the
 * current month so far.
 */
async function exampleOf(engine: Engine, lake: string): Promise<{ resellers: number; period: string }> {
  const today = dayOf(Date.now());
  const days = (await extentOfDays(lake, projectionFrom(EARLIEST_DATE))) ?? { start: today, end: today };
  const nextMonth = `${addDays(days.end, 1).slice(0, 7)}-01`;
  const monthEnd = addDays(dayOf(Date.parse(nextMonth)), -1);
  const end = monthEnd >= days.start ? monthEnd : days.end;
  return {
    resellers: (await resellersOf(engine)).length,
    period: `start_date=${end.slice(0, 8)}01&end_date=${end}`,
  };
}

try {
  await start();
} catch (error) {
  console.error(adviceOn(error, USAGE) ?? error);
  process.exit(1);
}
