import { addDays, type Day, everyDay, type Period } from "../period.ts";
import { sourceOf } from "../usage/rolled-days.ts";
import { isOf, type RecordedDay, stands } from "./coverage.ts";
import { type DayFiles, NO_FILES } from "./listing.ts";
import type { MarkedDay } from "./statements.ts";

/** What the lake has, and what the table has of it. */
export interface Comparison {
  readonly lake: string;
  /** The lake's first day that counts. */
  readonly earliestDate: Day;
  /** The last day that may be closed: the one before today, in UTC. */
  readonly lastDay: Day;
  readonly files: ReadonlyMap<Day, DayFiles>;
  readonly recorded: ReadonlyMap<Day, RecordedDay>;
  /** Days that a person says may lose all their calls. */
  readonly mayEmpty: ReadonlySet<Day>;
}

/** What there is to do, oldest day first. */
export interface Due {
  /** The first and the last day that there is anything of, of those that may be closed; undefined for an empty lake. */
  readonly extent: Period | undefined;
  /** Merges, each of consecutive days of one month. */
  readonly merges: readonly (readonly MarkedDay[])[];
  /** Days to be taken out before they are merged: they stand there more than once. */
  readonly doubled: readonly Day[];
  /** Days that stand in the table and have no file any more; they are left as they are. */
  readonly vanished: readonly Day[];
}

/** Files of at most so many bytes make one merge, unless a day alone has more. */
const MERGE_BYTES = 256 * 2 ** 20;

/**
 * Which days must be rolled up: those whose files are others than the mark says, and those without a mark.
 *
 * Days without files between others are marked too, so that no gap looks like a day that was forgotten; what comes
 * after the last file stays open, and its first record shows at once. But a day that stands in the
 * table is never emptied because a listing has no file of it.
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

/** Days that follow each other within a month, as many at once as are quickly read: fewer commits, larger files. */
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
