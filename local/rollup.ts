/** `npm run rollup`: runs the function that rolls up days in the running stack, as its schedule would. */
import { randomUUID } from "node:crypto";
import { parseArgs } from "node:util";
import { buildFunctions } from "../infra/build.ts";
import { failureReader } from "./function-failure.ts";
import { ROLLUP_VARIABLES, startFunction } from "./functions.ts";
import { adviceOn, BUILT_FUNCTIONS, requirePort, UsageError } from "./options.ts";
import { rollupProgress, toldCompaction } from "./rollup-progress.ts";
import { runningServices } from "./running-services.ts";

const USAGE = `Usage: npm run -s rollup -- [options]
  --port N               port of the running stack (8787)
  --allow-empty-day DAY  a day whose files were deleted on purpose, so that its calls are deleted too. Give it again for more days
  --compact              compacts the table instead`;

const failure = failureReader();

async function run(): Promise<void> {
  const { values } = parseArgs({
    options: {
      port: { type: "string", default: "8787" },
      "allow-empty-day": { type: "string", multiple: true },
      compact: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) return console.log(USAGE);
  const port = requirePort(values.port);
  await buildFunctions();
  const services = await runningServices(port);
  if (services === undefined) {
    throw new UsageError(
      `No stack runs at port ${port}. Start one with npm start, which rolls up days by itself.`,
    );
  }
  const progress = rollupProgress(values.compact ? "compacting the table" : undefined);
  const rollup = startFunction("usage-rollup", {
    functions: BUILT_FUNCTIONS,
    ...services,
    environment: ROLLUP_VARIABLES,
    log: (text) => {
      progress.read(text);
      failure.read(text);
    },
  });
  const days = values["allow-empty-day"];
  try {
    const event = values.compact ? { task: "compact" } : { ...(days && { allow_empty_days: days }) };
    const result: unknown = JSON.parse(await rollup.invoke(event, randomUUID()));
    console.log(values.compact ? toldCompaction(result) : progress.tell(result));
  } finally {
    progress.end();
    await rollup.close();
  }
}

try {
  await run();
} catch (error) {
  console.error(failure.describe(error) ?? adviceOn(error, USAGE) ?? error);
  process.exitCode = 1;
}
