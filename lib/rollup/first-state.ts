import * as z from "zod/mini";
import { isDay } from "../period.ts";
import { textThat } from "../schema.ts";
import { DEFINITION_VERSION } from "../usage/counted-calls.ts";
import type { PublishedCoverage, RollupCoverage } from "./coverage.ts";

/**
 * The state object of the releases before `coverage.json`. Runs still write it, so that a report function of such a
 * release can read the rollup during a deployment and after a rollback. Reports read it only while there is no
 * `coverage.json`. The next release removes it.
 */
export const FIRST_STATE_NAME = "state.json";

const day = textThat(isDay);
const state = z.strictObject({
  schema_version: z.literal(1),
  lake: z.string(),
  /** Missing in states of the first release. */
  definition: z.optional(z.string()),
  closed: z.union([z.null(), z.strictObject({ from: day, through: day })]),
});

export function firstStateText(lake: string, covered: RollupCoverage | undefined): string {
  const closed = covered === undefined ? null : { from: covered.start, through: covered.end };
  const content: z.input<typeof state> = { schema_version: 1, lake, definition: DEFINITION_VERSION, closed };
  return `${JSON.stringify(content)}\n`;
}

/** Reads it as `readState` reads its successor. It has no digests, so no answer can be reused with it. */
export function readFirstState(text: string, lake: string): PublishedCoverage | undefined {
  const { closed, lake: ofLake, definition } = state.parse(JSON.parse(text));
  if (ofLake !== lake) throw new Error("The rollup's state belongs to another lake.");
  if (closed === null || definition !== DEFINITION_VERSION) return undefined;
  const { from: start, through: end } = closed;
  if (start > end) throw new Error("The rollup's state ends before it begins.");
  return { lake, start, end, digests: new Map() };
}
