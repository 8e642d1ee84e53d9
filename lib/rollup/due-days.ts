import { addDays, type Day, everyDay, type Period } from "../period.ts";
import { sourceOf } from "../usage/rolled-days.ts";
import { isOf, type RecordedDay, stands } from "./coverage.ts";
import { type DayFiles, NO_FILES } from "./listing.ts";
import type { MarkedDay } from "./statements.ts";

/** The days of the lake, and their state in the table. */
export interface Comparison {
  readonly lake: string;
  /** The lake's first day that counts. */
  readonly earliestDate: Day;
  /** The last day that may be rolled up: the one before today, in UTC. */
  readonly lastDay: Day;
  readonly files: ReadonlyMap<Day, DayFiles>;
  readonly recorded: ReadonlyMap<Day, RecordedDay>;
  /** Days that may lose all their calls, because a person allowed it. */
  readonly mayEmpty: ReadonlySet<Day>;
}

/** The work of a run, the oldest day first. */
export interface Due {
  /** The first and the last day with data, of those that may be rolled up; undefined for an empty lake. */
  readonly extent: Period | undefined;
  /** Merges, each of consecutive days of one month. */
  readonly merges: readonly (readonly MarkedDay[])[];
  /** Days that are deleted before they are merged, because they are in the table more than once. */
  readonly doubled: readonly Day[];
  /** Days in the table without any file in the lake; they are left unchanged. */
  readonly vanished: readonly Day[];
}

/** Files of at most this many bytes are merged together, unless a single day has more. */
const MERGE_BYTES = 256 * 2 ** 20;

/**
 * Determines which days must be rolled up: those whose files differ from the mark, and those without a mark.
 *
 * Days without files between other days are marked too, so that no gap looks like a forgotten day. Days after the
 * last file are not marked, so their first record is visible at once. A day in the table is never emptied just
 * because a listing has no file of it.
 */
export function dueDays(comparison: Comparison): Due {
  const { lake, earliestDate, lastDay, files, recorded, mayEmpty } = comparison;
  const known = [...files.keys(), ...recorded.keys()]
    .filter((day) => day >= earliestDate && day <= lastDay)
    .toSorted();
  const [start, end] = [known.at(0), known.at(-1)];
  const extent = start === undefined || end === undefined ? undefined : { start, end };
  const due: MarkedDay[] = [];
  const vanished: Day[] = [];
  for (const day of extent === undefined ? [] : everyDay(extent)) {
    const present = recorded.get(day);
    const source = sourceOf(lake, files.get(day)?.digest ?? NO_FILES);
    if (isOf(present, source)) continue;
    const wouldEmpty = !files.has(day) && stands(present, lake);
    if (wouldEmpty && !mayEmpty.has(day)) vanished.push(day);
    else due.push({ day, source });
  }
  const doubled = due.flatMap(({ day }) => ((recorded.get(day)?.marks ?? 1) === 1 ? [] : [day]));
  return { extent, merges: together(due, files), doubled, vanished };
}

/** Groups consecutive days of a month, as many as can be read quickly: fewer commits, larger files. */
function together(due: readonly MarkedDay[], files: ReadonlyMap<Day, DayFiles>): MarkedDay[][] {
  const merges: MarkedDay[][] = [];
  let bytes = 0;
  for (const each of due) {
    const merge = merges.at(-1);
    const last = merge?.at(-1)?.day;
    const size = files.get(each.day)?.bytes ?? 0;
    const follows =
      last !== undefined && addDays(last, 1) === each.day && last.slice(0, 7) === each.day.slice(0, 7);
    if (merge !== undefined && follows && bytes + size <= MERGE_BYTES) {
      merge.push(each);
      bytes += size;
    } else {
      merges.push([each]);
      bytes = size;
    }
  }
  return merges;
}
