import { createHash } from "node:crypto";
import * as z from "zod/mini";
import { addDays, type Day, everyDay, isDay, type Period } from "../period.ts";
import { textThat } from "../schema.ts";
import { DEFINITION_VERSION } from "../usage/counted-calls.ts";
import { type RolledDays, sourceOf } from "../usage/rolled-days.ts";
import type { BrokenRecords } from "./broken-records.ts";

/** The rollup coverage: a range of days without a gap, and their lake. Every other day is read from its calls. */
export interface RollupCoverage extends RolledDays {}

/** What a run has recorded about a day: its mark in the table. */
export interface RecordedDay {
  readonly day: Day;
  readonly source: string;
  /** Number of marks of the day; any number but 1 is damage. */
  readonly marks: number;
  /** How many of the day's records are broken, by kind; kinds without any are absent. */
  readonly broken: BrokenRecords;
}

/** A run that is about to change days, and the latest instant (milliseconds since 1970) at which it ends. */
export interface DaysInFlux {
  readonly run: string;
  readonly until: number;
  readonly days: readonly Day[];
}

/** The rollup coverage as a run has published it. */
export interface PublishedCoverage extends RollupCoverage {
  /** The digest of each day's mark, without the days in flux: a run may be changing those. */
  readonly digests: ReadonlyMap<Day, string>;
}

const day = textThat(isDay);
const state = z.strictObject({
  schema_version: z.literal(2),
  lake: z.string(),
  /** The version of the definition of a call that the days were rolled up under. */
  definition: z.string(),
  /** The days and, in the same order, the digest of each day's mark. */
  covered: z.union([
    z.null(),
    z.strictObject({ from: day, through: day, marks: z.array(z.string().check(z.minLength(1))) }),
  ]),
  in_flux: z.array(z.strictObject({ run: z.string(), until: z.number(), days: z.array(day) })),
});

/** The name of the state object, which is beside the table. */
export const STATE_NAME = "coverage.json";

/** Writes the state object: which days a report may read from the rollup, and of which marks they are. */
export function stateText(
  lake: string,
  covered: RollupCoverage | undefined,
  recorded: ReadonlyMap<Day, RecordedDay>,
  inFlux: readonly DaysInFlux[],
): string {
  const content: z.input<typeof state> = {
    schema_version: 2,
    lake,
    definition: DEFINITION_VERSION,
    covered: covered === undefined ? null : coveredDays(covered, recorded),
    in_flux: inFlux.map(({ days, ...run }) => ({ ...run, days: [...days] })),
  };
  return `${JSON.stringify(content)}\n`;
}

function coveredDays(covered: RollupCoverage, recorded: ReadonlyMap<Day, RecordedDay>) {
  const marks = everyDay(covered).map((each) => {
    const source = recorded.get(each)?.source;
    if (source === undefined) throw new RangeError(`The covered day ${each} has no mark.`);
    return markDigest(source);
  });
  return { from: covered.start, through: covered.end, marks };
}

/**
 * Reads the state object.
 *
 * @returns undefined if no day is covered, or if the days were rolled up under another definition of a call: reports
 *   then read all days from their calls until the next run
 * @throws Error if the text is not a state object, or belongs to another lake
 */
export function readState(text: string, lake: string): PublishedCoverage | undefined {
  const { covered, lake: ofLake, definition, in_flux } = state.parse(JSON.parse(text));
  if (ofLake !== lake) throw new Error("The rollup's state belongs to another lake.");
  if (covered === null || definition !== DEFINITION_VERSION) return undefined;
  const { from: start, through: end, marks } = covered;
  if (start > end) throw new Error("The rollup's state ends before it begins.");
  const days = everyDay({ start, end });
  if (days.length !== marks.length)
    throw new Error("The rollup's state does not have one mark for each day.");
  const inFlux = new Set(in_flux.flatMap((run) => run.days));
  const digests = new Map(
    marks.flatMap((mark, index): [Day, string][] => {
      const each = days[index];
      return each === undefined || inFlux.has(each) ? [] : [[each, mark]];
    }),
  );
  return { lake, start, end, digests };
}

/** Reads which runs have days in flux; none if the text is not a state object. */
export function readInFlux(text: string | undefined): readonly DaysInFlux[] {
  try {
    return text === undefined ? [] : state.parse(JSON.parse(text)).in_flux;
  } catch {
    return [];
  }
}

/**
 * A short digest of a day's mark. Each merge of a day makes another mark, so equal digests mean figures of the same
 * commit.
 */
export function markDigest(source: string): string {
  return createHash("sha256").update(source).digest("base64url").slice(0, 22);
}

/** Returns the part of a report's period that is read from the rollup; undefined if there is none. */
export function rolledPart(period: Period, closed: RollupCoverage | undefined): RolledDays | undefined {
  if (closed === undefined) return undefined;
  const start = period.start > closed.start ? period.start : closed.start;
  const end = period.end < closed.end ? period.end : closed.end;
  return start > end ? undefined : { lake: closed.lake, start, end };
}

/**
 * Returns the days of the table from the first one on, up to the first that is missing, duplicate or of another lake.
 *
 * @param from the first day that can have data
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

/**
 * Whether the day is in the table once, from exactly these files of this lake. What follows the files in a mark is
 * the merge's own id; marks of earlier releases have none.
 *
 * @param source see `sourceOf`
 */
export function isOf(recorded: RecordedDay | undefined, source: string): boolean {
  return recorded?.marks === 1 && `${recorded.source} `.startsWith(`${source} `);
}

/** Whether the day is in the table once, from this lake; possibly from other files than the present ones. */
export function stands(recorded: RecordedDay | undefined, lake: string): boolean {
  return recorded?.marks === 1 && recorded.source.startsWith(sourceOf(lake, ""));
}
