/** `npm run -s report`: prints the minutes report of a running service, as a table, CSV or JSON. */
import { runReport } from "./report/run.ts";

// Each write's own callback tells of a failure; this keeps the process from ending by it.
process.stdout.on("error", () => undefined);
process.stderr.on("error", () => undefined);

process.exitCode = await runReport(process.argv.slice(2), {
  environment: process.env,
  stdout: process.stdout,
  stderr: process.stderr,
  now: () => new Date(),
});
