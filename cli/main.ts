#!/usr/bin/env node
/** `voice-minutes`: prints reports of a running service, as a table, CSV or JSON. */
import { HELP } from "./report/help.ts";
import { runReport } from "./report/run-report.ts";

// The callback of each write reports a failure. This listener keeps the process alive until then.
process.stdout.on("error", () => undefined);
process.stderr.on("error", () => undefined);

const [command, ...args] = process.argv.slice(2);
if (command === "report") {
  process.exitCode = await runReport(args, {
    environment: process.env,
    stdout: process.stdout,
    stderr: process.stderr,
    now: () => new Date(),
  });
} else if (command === undefined || command === "help" || command === "--help") {
  process.stdout.write(HELP);
} else {
  process.stderr.write(`There is no command ${JSON.stringify(command)}. Try voice-minutes report --help\n`);
  process.exitCode = 2;
}
