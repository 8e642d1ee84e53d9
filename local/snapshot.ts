/** `npm run snapshot`: runs the function that closes months, in the running stack or in one of its own. */
import { randomUUID } from "node:crypto";
import { parseArgs } from "node:util";
import * as z from "zod";
import { buildFunctions } from "../infra/build.ts";
import { addDays } from "../lib/period.ts";
import { failureReader } from "./function-failure.ts";
import { ROLLUP_VARIABLES, SNAPSHOT_BUCKET, startFunction } from "./functions.ts";
import {
  adviceOn,
  BUILT_FUNCTIONS,
  LAKE_OPTIONS,
  objectsOf,
  openLake,
  requireEngine,
  requirePort,
  UsageError,
} from "./options.ts";
import { runningServices } from "./running-services.ts";
import { SAMPLE_DATE } from "./sample/sample-lake.ts";
import { startStack } from "./stack.ts";

const USAGE = `Usage: npm run -s snapshot -- --at INSTANT [options]
       npm run -s snapshot -- --period YYYY-MM --as-of INSTANT [--allow-missing-day DAY --reason TEXT] [options]
       npm run -s snapshot -- --bill-adjustments [options]

As the schedule does, every day at 06:00 UTC:
  --at INSTANT             runs as if it were that instant: closes or revises the previous month

By hand, for one month:
  --period YYYY-MM         the month to close or revise
  --as-of INSTANT          counts the records that were written before that instant
  --allow-missing-day DAY  this day may have no record. Give the option again for more days
  --allow-unsound KIND     records may break the contract of the lake in this way. Give it again for more kinds
  --allow-shrunk           days may have fewer calls than in the previous revision
  --reason TEXT            why this is allowed. Every --allow option needs it

Without a month:
  --bill-adjustments       bills the adjustments that no bill contains yet

The stack:
  --port N                 port of the running stack (8787). If none runs there, the command starts one for this run
  --data DIR, --engine duckdb|trino, --trino-url URL
                           options of the stack that the command starts, the same as for npm start
  --help                   prints this text
An INSTANT is in UTC, such as 2026-05-04T06:00:00Z.`;

/** The members of the event that a person would send in AWS, and the options of this command that set them. */
const OPTION_OF: Readonly<Record<string, string>> = {
  allow_missing_days: "--allow-missing-day",
  allow_unsound: "--allow-unsound",
  allow_shrunk: "--allow-shrunk",
  scheduled_time: "--at",
  as_of: "--as-of",
  period: "--period",
  reason: "--reason",
};

const outcome = z.looseObject({
  outcome: z.string(),
  period: z.string().optional(),
  closable_from: z.string().optional(),
  revision: z.number().optional(),
  as_of: z.string().optional(),
  manifest: z.string().optional(),
  statements: z.number().optional(),
  adjustments: z.number().optional(),
  others: z.array(z.object({ outcome: z.string(), period: z.string() })).default([]),
  bills: z.array(
    z.object({ number: z.number(), kind: z.string(), period: z.string().nullable(), key: z.string() }),
  ),
});

const progressLine = z.object({ message: z.literal("progress"), statements: z.number() });

function readArguments() {
  const { values } = parseArgs({
    options: {
      ...LAKE_OPTIONS,
      at: { type: "string" },
      period: { type: "string" },
      "as-of": { type: "string" },
      "allow-missing-day": { type: "string", multiple: true },
      "allow-unsound": { type: "string", multiple: true },
      "allow-shrunk": { type: "boolean", default: false },
      reason: { type: "string" },
      "bill-adjustments": { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  return { ...values, port: requirePort(values.port), engine: requireEngine(values) };
}

/** Builds the event that the schedule or a person would send. The function validates it. */
function eventOf(options: ReturnType<typeof readArguments>): object {
  const { at, period, reason, "as-of": asOf, "allow-missing-day": days, "allow-unsound": kinds } = options;
  const shrunk = options["allow-shrunk"];
  const isByHand = shrunk || [period, reason, asOf, days, kinds].some((value) => value !== undefined);
  const asked = [at !== undefined, isByHand, options["bill-adjustments"]].filter(Boolean);
  if (asked.length !== 1) throw new UsageError("Give --at, or --period and --as-of, or --bill-adjustments.");
  if (options["bill-adjustments"]) return { bill: "adjustments" };
  if (at !== undefined) return { scheduled_time: at };
  return {
    ...(period !== undefined && { period }),
    ...(asOf !== undefined && { as_of: asOf }),
    ...(days && { allow_missing_days: days }),
    ...(kinds && { allow_unsound: kinds }),
    ...(shrunk && { allow_shrunk: true }),
    ...(reason !== undefined && { reason }),
  };
}

const failure = failureReader();

/** Explains why the function refused or failed. Names the options of this command in place of the event's members. */
function refusal(error: unknown): string | undefined {
  const text = failure.describe(error);
  if (text === undefined) return undefined;
  const afterSample = addDays(SAMPLE_DATE, 1);
  const hint =
    text.startsWith("month_incomplete") && text.includes(afterSample)
      ? `\nIf this is the sample lake: its calls end on ${SAMPLE_DATE}, so that month cannot be closed.`
      : "";
  return inOptions(text) + hint;
}

function inOptions(text: string): string {
  if (!text.startsWith("invalid_event"))
    return text.replaceAll(/\ballow_\w+/g, (name) => OPTION_OF[name] ?? name);
  const problems = text.replace(/ The function takes \{.*/, "");
  const named = problems.replaceAll(/\b[a-z]+(?:_[a-z]+)*\b/g, (name) => OPTION_OF[name] ?? name);
  return `${named}\nnpm run -s snapshot -- --help lists the options.`;
}

async function run(): Promise<void> {
  const options = readArguments();
  if (options.help) return console.log(USAGE);
  const event = eventOf(options);
  await buildFunctions();
  await using services = (await servicesAt(options.port)) ?? (await ownServices(options));
  const progress = showProgress();
  const snapshot = startFunction("billing-snapshot", {
    functions: BUILT_FUNCTIONS,
    athena: services.athena,
    s3: services.s3,
    // Without it the function would query each month at every run, and would not notice changes of old months.
    environment: { LAKE_LOCATION: ROLLUP_VARIABLES.LAKE_LOCATION },
    log: (text) => {
      progress.read(text);
      failure.read(text);
    },
  });
  try {
    report(outcome.parse(JSON.parse(await snapshot.invoke(event, randomUUID()))));
  } finally {
    progress.end();
    await snapshot.close();
  }
}

interface Services extends AsyncDisposable {
  readonly athena: string;
  readonly s3: string;
}

/** Returns the services of the stack that runs at the port; undefined if none does. */
async function servicesAt(port: number): Promise<Services | undefined> {
  const services = await runningServices(port);
  return services && { ...services, [Symbol.asyncDispose]: () => Promise.resolve() };
}

/** Starts a stack for this run only. Its objects stay where `npm start` finds them. */
async function ownServices(options: ReturnType<typeof readArguments>): Promise<Services> {
  const { engine, directory } = await openLake(options);
  const { port } = options;
  const stack = await startStack({
    port,
    engine,
    functions: BUILT_FUNCTIONS,
    objects: objectsOf(port),
    lake: directory,
    log: () => undefined,
  });
  return {
    athena: stack.athena,
    s3: stack.s3,
    [Symbol.asyncDispose]: async () => {
      await stack.close();
      await engine.close();
    },
  };
}

/** Reports on the terminal the progress of a run that takes longer than two seconds. */
function showProgress() {
  const startedAt = performance.now();
  let statements = 0;
  const timer = setInterval(() => {
    const done = statements === 0 ? "reading the month" : `${statements} statements written`;
    process.stderr.write(`${Math.round((performance.now() - startedAt) / 1_000)} s: ${done}\n`);
  }, 2_000);
  return {
    read: (text: string) => {
      for (const line of text.split("\n").filter((some) => some.startsWith("{"))) {
        statements = progressLine.safeParse(JSON.parse(line)).data?.statements ?? statements;
      }
    },
    end: () => clearInterval(timer),
  };
}

function report(result: z.infer<typeof outcome>): void {
  const { bills, others, period, revision, as_of, closable_from, statements, adjustments, manifest } = result;
  const said: Readonly<Record<string, string>> = {
    in_grace: `${period} is not closed before ${closable_from}. Nothing was written.`,
    before_lake: `${period} is before the lake begins. Nothing was written.`,
    unchanged: `${period} is unchanged: revision ${revision}, as of ${as_of}. Nothing was written.`,
    postponed: `${period} is left for the next run, because too little time was left.`,
    before_bill_from: `${period} is before the first month to bill. It was not checked.`,
    billed: "The adjustments are billed.",
    nothing_to_bill: "No adjustment waits for a bill. Nothing was written.",
    closed: `${period} is closed: revision ${revision}, as of ${as_of}, ${statements} statements.`,
    revised: `${period} is revised: revision ${revision}, as of ${as_of}, ${statements} statements, ${adjustments} adjustments.`,
  };
  console.log(said[result.outcome] ?? JSON.stringify(result));
  if (manifest !== undefined) console.log(`manifest: s3://${SNAPSHOT_BUCKET}/${manifest}`);
  for (const other of others) console.log(`${other.period}: ${other.outcome}`);
  for (const { number, kind, period: billed, key } of bills)
    console.log(`bill ${number} (${billed ?? kind}): s3://${SNAPSHOT_BUCKET}/${key}`);
}

try {
  await run();
} catch (error) {
  console.error(refusal(error) ?? adviceOn(error, USAGE) ?? error);
  process.exitCode = 1;
}
