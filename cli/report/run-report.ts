import { isDay } from "../../lib/period.ts";
import { ask } from "./ask.ts";
import type { ExitCode } from "./failure.ts";
import { HELP } from "./help.ts";
import { type ReportOptions, readOptions } from "./options.ts";
import { startProgress } from "./progress.ts";
import { requestFor } from "./request.ts";
import { asShown, requireFormat, runCommand, type Surroundings, widthOf } from "./run-command.ts";
import { VIEWS } from "./views.ts";

/** Runs one call of `voice-minutes report`. @returns its exit code */
export function runReport(args: readonly string[], surroundings: Surroundings): Promise<ExitCode> {
  return runCommand("report", surroundings, async () => {
    const options = readOptions(args, surroundings.environment);
    if (options === "help") return { content: HELP };
    const content = await contentOf(options, surroundings);
    const isNoted = !options.quiet && mayStillGrow(options.to, surroundings.now());
    return { content, note: isNoted ? GROWTH_NOTE : undefined };
  });
}

async function contentOf(options: ReportOptions, { stdout, stderr, silenceLimit = 60_000 }: Surroundings) {
  using progress = startProgress(stderr, options.quiet);
  const { patience } = options;
  const answer = await ask(requestFor(options), { what: "the report", patience, silenceLimit }, progress);
  requireFormat("report", answer, options.format);
  if (options.format === "csv") return asShown(answer.body, stdout);
  const view = VIEWS[options.by].read(answer.body.toString(), options);
  if (view.isEmpty) progress.note(EMPTY_NOTE);
  if (options.format === "json") return asShown(answer.body, stdout);
  return view.table({ ...options, width: widthOf(stdout) });
}

const DAY_MS = 86_400_000;
/** Within this many days calls still arrive late and are corrected. After them the month is closed for billing. */
const SETTLED_AFTER_DAYS = 3;
const GROWTH_NOTE = "Note: recent figures may still grow, because calls arrive late and are corrected.";

const EMPTY_NOTE =
  "Note: the report is empty. The token's resellers have no data in it, or no data matches the filters.";

function mayStillGrow(to: string, now: Date): boolean {
  return isDay(to) && Date.parse(to) + (1 + SETTLED_AFTER_DAYS) * DAY_MS > now.getTime();
}
