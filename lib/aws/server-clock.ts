/** AWS refuses a signature whose time is more than 5 minutes off; the SDK corrects its clock from 4 minutes on. */
const TOLERATED_MS = 4 * 60_000;

/** The time of AWS's servers, as far as their answers told it. A machine's own clock may be wrong. */
export interface ServerClock {
  /** How far this machine's clock is behind the servers', in milliseconds. */
  readonly offset: () => number;
  /**
   * Learns from the `date` header of an answer.
   *
   * @returns whether the clock was so far off that a signature may have been refused for it
   */
  readonly learn: (date: string | undefined) => boolean;
}

/** @param now this machine's clock, milliseconds since 1970 */
export function serverClock(now: () => number = Date.now): ServerClock {
  let offset = 0;
  return {
    offset: () => offset,
    learn: (date) => {
      const actual = date === undefined ? Number.NaN : Date.parse(date);
      if (Number.isNaN(actual) || Math.abs(actual - (now() + offset)) < TOLERATED_MS) return false;
      offset = actual - now();
      return true;
    },
  };
}
