import * as z from "zod/mini";
import { addDays, type Day, isDay, type Period } from "../period.ts";
import { textThat } from "../schema.ts";
import { DEFINITION_VERSION } from "../usage/counted-calls.ts";
import { type RolledDays, sourceOf } from "../usage/rolled-days.ts";
import type { BrokenRecords } from "./broken-records.ts";

/**
 * The range of days that the rollup has without a gap, and their lake. Every other day is read from its calls, whether
 * it came before the lake's first file or is still open.
 */
export interface RollupCoverage extends RolledDays {}

/** What a run has recorded of a day: its mark in the table. */
export interface RecordedDay {
  readonly day: Day;
  readonly source: string;
  /** How many marks of the day there are; any number but 1 is damage. */
  readonly marks: number;
  /** How many of the day's records are broken, by kind; kinds without any are left out. */
  readonly broken: BrokenRecords;
}

const day = textThat(isDay);
const state = z.strictObject({
  schema_version: z.literal(1),
  lake: z.string(),
  /** The version of the definition of a call that the days were rolled up under; absent in states of before. */
  definition: z.optional(z.string()),
  closed: z.union([z.null(), z.strictObject({ from: day, through: day })]),
});

/** Where the state object stands, beside the table: `<rollup's location>state.json`. */
export const STATE_NAME = "state.json";

/** The state object: which days a report may read from the rollup. */
export function stateText(lake: string, closed: RollupCoverage | undefined): string {
  const days = closed === undefined ? null : { from: closed.start, through: closed.end };
  return `${JSON.stringify({ schema_version: 1, lake, definition: DEFINITION_VERSION, closed: days } satisfies z.input<typeof state>)}\n`;
}

/**
 * Reads the state object.
 *
 * @returns undefined where no day is closed, or the days were rolled up under another definition of a call: reports
 *   then read all days from their calls until the next run
 * @throws Error when the text is no state object, or speaks of another lake
 */
export function readState(text: string, lake: string): RollupCoverage | undefined {
  const { closed, lake: ofLake, definition } = state.parse(JSON.parse(text));
  if (ofLake !== lake) throw new Error("the rollup's state is of another lake");
  if (closed === null || definition !== DEFINITION_VERSION) return undefined;
  const { from: start, through: end } = closed;
  if (start > end) throw new Error("the rollup's state ends before it begins");
  return { lake, start, end };
}

/** The part of a report's period that is read from the rollup; undefined where none is. */
export function rolledPart(period: Period, closed: RollupCoverage | undefined): RolledDays | undefined {
  if (closed === undefined) return undefined;
  const start = period.start > closed.start ? period.start : closed.start;
  const end = period.end < closed.end ? period.end : closed.end;
  return start > end ? undefined : { lake: closed.lake, start, end };
}

/**
 * The days that stand in the table from the first one on, up to the first that is missing, doubled or of another lake.
 *
 * @param from the first day that there is anything of
 */
export function rollupCoverage(
  lake: string,
  from: Day | undefined,
  recorded: ReadonlyMap<Day, RecordedDay>,
): RollupCoverage | undefined {
  if (from === undefined) return undefined;
  let end: Day | undefined;
  for (let next = from; stands(recorded.get(next), lake); next = addDays(next, 1)) end = next;
  return end === undefined ? undefined : { lake, start: from, end };
}

/** Whether the day is there once, of exactly these files of this lake. */
export function isOf(recorded: RecordedDay | undefined, source: string): boolean {
  return recorded?.marks === 1 && recorded.source === source;
}

/** Whether the day is there once, of this lake; perhaps of other files than there are now. */
export function stands(recorded: RecordedDay | undefined, lake: string): boolean {
  return recorded?.marks === 1 && recorded.source.startsWith(sourceOf(lake, ""));
}
