#!/usr/bin/env node
/** `voice-minutes`: prints reports and bills of a running service, as a table, CSV or JSON. */
import { runBill } from "./bill/run-bill.ts";
import { HELP } from "./help.ts";
import { runReport } from "./report/run-report.ts";

const COMMANDS: Readonly<Record<string, typeof runReport>> = { report: runReport, bill: runBill };

// The callback of each write reports a failure. This listener keeps the process alive until then.
process.stdout.on("error", () => undefined);
process.stderr.on("error", () => undefined);

const [name = "help", ...args] = process.argv.slice(2);
const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
if (command !== undefined) {
  process.exitCode = await command(args, {
    environment: process.env,
    stdout: process.stdout,
    stderr: process.stderr,
    now: () => new Date(),
  });
} else if (name === "help" || name === "--help") {
  process.stdout.write(HELP);
} else {
  process.stderr.write(`There is no command ${JSON.stringify(name)}. Try voice-minutes --help\n`);
  process.exitCode = 2;
}
