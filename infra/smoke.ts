/** `npm run smoke`: checks a running service, after a deployment or at any other time. */
import { parseArgs } from "node:util";
import { DEFAULT_REGION } from "./deployed-stack.ts";
import { awsChecks } from "./smoke/aws-checks.ts";
import { runChecks } from "./smoke/check.ts";
import { httpChecks } from "./smoke/http-checks.ts";

const USAGE = `Usage: npm run -s smoke -- --url URL --token TOKEN [options]
  --url URL         the address of the page and the API, such as https://minutes.example.com
  --token TOKEN     an access token of a caller who has usage
  --month YYYY-MM   a month with usage (the last one)
  --origin ORIGIN   checks CORS for a page of this origin, which allowedOrigins must have
  --aws             checks what is inside too, with AWS credentials: runs the rollup and the snapshot as their
                    schedules do, and looks for their log lines, their metrics and the alarms
  --stage STAGE     with --aws: the deployed stage (dev)
  --region REGION   with --aws: where it is deployed (${DEFAULT_REGION})
  --patience N      with --aws: seconds that log lines, metrics and alarms may take (300)
Prints one line a check. Exits with 1 if one fails, and with 2 for a mistake in the call.`;

/** A mistake in the call; `message` describes it. */
class UsageError extends Error {}

function readArguments() {
  const { values } = parseArgs({
    options: {
      url: { type: "string" },
      token: { type: "string" },
      month: { type: "string", default: lastMonth() },
      origin: { type: "string" },
      aws: { type: "boolean", default: false },
      stage: { type: "string", default: "dev" },
      region: { type: "string", default: DEFAULT_REGION },
      patience: { type: "string", default: "300" },
      help: { type: "boolean", default: false },
    },
  });
  const { url = "", token = "", month, patience } = values;
  if (values.help) return { ...values, url, token, patience: 0 };
  const address = URL.parse(url);
  if (address === null || !/^https?:$/.test(address.protocol))
    throw new UsageError("--url takes an https URL.");
  if (token.split(".").length !== 3) throw new UsageError("--token takes an access token, a JWT.");
  if (!/^\d{4}-(0[1-9]|1[0-2])$/.test(month)) throw new UsageError("--month takes a month as YYYY-MM.");
  if (!/^\d{1,4}$/.test(patience)) throw new UsageError("--patience takes a number of seconds.");
  return { ...values, url: address.origin, token, patience: Number(patience) };
}

function lastMonth(): string {
  const now = new Date();
  return new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() - 1)).toISOString().slice(0, 7);
}

async function smoke(): Promise<void> {
  const { url, token, month, origin, aws, help, ...deployed } = readArguments();
  if (help) return console.log(USAGE);
  const checks = [...httpChecks({ url, token, month, origin }), ...(aws ? awsChecks(deployed) : [])];
  const failed = await runChecks(checks, (line) => console.log(line));
  console.log(`${checks.length - failed} of ${checks.length} checks passed.`);
  if (failed > 0) process.exitCode = 1;
}

try {
  await smoke();
} catch (error) {
  const isMistake =
    error instanceof UsageError ||
    (error instanceof TypeError && "code" in error && String(error.code).startsWith("ERR_PARSE_ARGS"));
  console.error(isMistake ? `${error.message}\n${USAGE}` : error);
  process.exitCode = 2;
}
