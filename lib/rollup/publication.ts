import { backOff } from "../aws/retry.ts";
import { internalError } from "../errors.ts";
import type { Day } from "../period.ts";
import {
  type DaysInFlux,
  type RecordedDay,
  type RollupCoverage,
  readInFlux,
  rollupCoverage,
  stateText,
} from "./coverage.ts";
import { firstStateText } from "./first-state.ts";

/** The expected state of an object that a write replaces: anything, no object, or the one with this ETag. */
export type Expected = "anything" | "nothing" | { readonly etag: string };

/** An object that readers rely on. */
export interface StateStore {
  /** Undefined if there is no object. */
  readonly read: () => Promise<{ readonly text: string; readonly etag: string } | undefined>;
  /** Writes the object; false if it is not in the expected state. */
  readonly write: (text: string, expected: Expected) => Promise<boolean>;
}

/** What a run has read from the table, and what it is going to change. */
interface Seen {
  readonly recorded: ReadonlyMap<Day, RecordedDay>;
  /** The first day that can have data. */
  readonly from: Day | undefined;
  /** The days that the run may still change: no answer of these days is reused. */
  readonly changing: readonly Day[];
}

export interface Publication {
  readonly lake: string;
  readonly state: StateStore;
  /** The state object of earlier releases. */
  readonly firstState: StateStore;
  /** Identifies the run among others. */
  readonly run: string;
  /** The latest instant (milliseconds since 1970) at which the run ends. */
  readonly until: number;
  /** The present instant, milliseconds since 1970. */
  readonly now: () => number;
}

const TRIES = 10;
const NEVER = new AbortController().signal;

/**
 * Publishes the marks that a run reads from the table. The write is conditional on the ETag that was read before the
 * marks, so a run never publishes marks over newer ones. If another run was faster, both are read again.
 *
 * Days that other runs have in flux stay so until those runs have ended. The days of a run that died stay in flux
 * until a later run publishes.
 *
 * @param look reads the marks
 * @returns what was read and published
 * @throws ServiceError `internal_error` if other runs were faster each time
 */
export async function publish<T extends Seen>(
  publication: Publication,
  look: () => Promise<T>,
): Promise<{ readonly seen: T; readonly covered: RollupCoverage | undefined }> {
  const { lake, state, run, until } = publication;
  for (let tries = 1; ; tries++) {
    const before = await state.read();
    const seen = await look();
    const covered = rollupCoverage(lake, seen.from, seen.recorded);
    const own = seen.changing.length === 0 ? [] : [{ run, until, days: seen.changing }];
    const text = stateText(lake, covered, seen.recorded, [...othersOf(publication, before?.text), ...own]);
    const expected = before === undefined ? "nothing" : { etag: before.etag };
    if (before?.text === text || (await state.write(text, expected))) {
      await writeFirstState(publication, covered);
      return { seen, covered };
    }
    if (tries === TRIES) throw internalError("Other runs changed the rollup's state each time.");
    await backOff(tries, NEVER);
  }
}

function othersOf({ run, now }: Publication, text: string | undefined): DaysInFlux[] {
  return readInFlux(text).filter((other) => other.run !== run && other.until > now());
}

/** Unconditional, as in the releases that read it: a report checks everything that it says. */
async function writeFirstState(
  { lake, firstState }: Publication,
  covered: RollupCoverage | undefined,
): Promise<void> {
  const text = firstStateText(lake, covered);
  if ((await firstState.read())?.text !== text) await firstState.write(text, "anything");
}
