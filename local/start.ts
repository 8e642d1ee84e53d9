/** `npm start`: builds the functions and runs them behind a local gateway, over a lake folder. */
import { parseArgs } from "node:util";
import { buildFunctions } from "../infra/build.ts";
import { buildPortal } from "../infra/build-portal.ts";
import { addDays, dayOf } from "../lib/period.ts";
import { askEngine, checkLake } from "./doctor/check-lake.ts";
import { lineOf } from "./doctor/finding.ts";
import { folderSource } from "./doctor/lake-source.ts";
import type { Engine } from "./engine/engine.ts";
import { LakeError } from "./engine/lake-tables.ts";
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
} from "./options.ts";
import { rollupProgress } from "./rollup-progress.ts";
import { endWith } from "./shutdown.ts";
import { type Stack, startStack } from "./stack.ts";
import { requestToken } from "./tokens.ts";

const USAGE = `Usage: npm start -- [options]
  --data DIR             a lake folder; a sample lake is made when left out
  --port N               of the gateway; the three ports after it are taken too (8787)
  --engine duckdb|trino  what runs the SQL (duckdb)
  --trino-url URL        a running Trino that has the lake as schema hive.minutes; one is fetched and
                         started when left out
  --no-rollup            leaves the closed days to be read from their calls, as before the first rollup`;

function readArguments() {
  const { values } = parseArgs({
    options: {
      ...LAKE_OPTIONS,
      "no-rollup": { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  return { ...values, port: requirePort(values.port), engine: requireEngine(values) };
}

async function start(): Promise<void> {
  const options = readArguments();
  if (options.help) return console.log(USAGE);
  await Promise.all([buildFunctions(), buildPortal()]);
  const { directory: lake, engine } = await openLake(options);
  if (options.data !== undefined) await requireUsable(lake, engine);
  const progress = rollupProgress();
  const stack = await startStack({
    port: options.port,
    engine,
    lake,
    functions: BUILT_FUNCTIONS,
    portal: BUILT_PORTAL,
    objects: objectsOf(options.port),
    log: (text) => {
      progress.read(text);
      process.stderr.write(text);
    },
  });
  endWith(async () => {
    await stack.close();
    await engine.close();
  });
  if (!options["no-rollup"]) await rollUp(stack, progress);
  progress.end();
  await announce(stack, engine, lake);
}

/**
 * Runs the quick part of `npm run doctor` and prints a line for each finding.
 *
 * @throws LakeError where no report would be right
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
    throw new LakeError(`The lake ${lake} cannot be used. Correct the errors above, and start again.`);
  }
  if (findings.length > 0) console.error(`npm run -s doctor -- --data ${lake} checks every month.`);
}

/** Whatever comes of it, the reports are right: a day that is not rolled up is read from its calls. */
async function rollUp(stack: Stack, progress: ReturnType<typeof rollupProgress>): Promise<void> {
  try {
    console.error(progress.tell(await stack.rollUp()));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    console.error(`Not every day could be rolled up; those are read from their calls. ${reason}`);
  }
}

/** Tells where everything is, and a call that works when pasted. */
async function announce(stack: Stack, engine: Engine, lake: string): Promise<void> {
  const { resellers, period } = await exampleOf(engine, lake);
  const token = await requestToken(stack.issuer, { reseller_ids: resellers });
  const url = `${stack.url}/v1/reports/minutes-by-organization?${period}`;
  console.log(`
  page    ${stack.url}/portal/?month=${period.slice(-10, -3)}
  API     ${stack.url}
  docs    ${stack.url}/docs
  issuer  ${stack.issuer}
  Athena  ${stack.athena}
  S3      ${stack.s3}
  lake    ${lake}

A token for ${resellers.length} of the lake's resellers, good for an hour:

${token}

Try it:

curl -sS --compressed -H 'authorization: Bearer ${token}' '${url}'

ready ${stack.url}`);
}

/** What to show of a lake: up to 20 resellers, and the last whole month of its calls, or their month so far. */
async function exampleOf(engine: Engine, lake: string): Promise<{ resellers: string[]; period: string }> {
  const query = "SELECT DISTINCT reseller_id FROM resellers ORDER BY reseller_id LIMIT 20";
  const directory = await engine.run(query, [], new AbortController().signal);
  const today = dayOf(Date.now());
  const days = (await extentOfDays(lake, projectionFrom(EARLIEST_DATE))) ?? { start: today, end: today };
  const nextMonth = `${addDays(days.end, 1).slice(0, 7)}-01`;
  const monthEnd = addDays(dayOf(Date.parse(nextMonth)), -1);
  const end = monthEnd >= days.start ? monthEnd : days.end;
  return {
    resellers: directory.rows.flat().filter((id) => id !== null),
    period: `start_date=${end.slice(0, 8)}01&end_date=${end}`,
  };
}

try {
  await start();
} catch (error) {
  console.error(adviceOn(error, USAGE) ?? error);
  process.exit(1);
}
