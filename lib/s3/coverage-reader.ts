import { setTimeout as sleep } from "node:timers/promises";
import { type PublishedCoverage, readState, STATE_NAME } from "../rollup/coverage.ts";
import { FIRST_STATE_NAME, readFirstState } from "../rollup/first-state.ts";
import { type OpenObject, parseS3Uri } from "./read-object.ts";

/** The object is small and in the same region. A longer wait is not worth it. */
const TIMEOUT_MS = 1_500;

/**
 * Returns the days that may be read from the rollup; undefined before the first rollup. @throws if that cannot be
 * determined
 */
export type ReadCoverage = () => Promise<PublishedCoverage | undefined>;

/**
 * Reads the rollup's state with one GET for each request, so that a newly rolled-up day is used at once. Only a 404
 * means that there is no state yet; the state of earlier releases is then read. A role that may not read the state gets
 * an error. The report then counts a rollup fallback and an alarm rings, because reading all days from their calls
 * costs up to 80 times as much.
 *
 * @param rollup `s3://<bucket>/<prefix>/` of the rollup
 * @param lake the lake that the state must belong to
 */
export function coverageReader(openObject: OpenObject, rollup: string, lake: string): ReadCoverage {
  const read = async (name: string, signal: AbortSignal) => {
    const location = parseS3Uri(`${rollup}${name}`);
    const object = await openObject(location, signal).catch(async () => {
      await sleep(50);
      return openObject(location, signal);
    });
    if (object === undefined) return undefined;
    const chunks: Uint8Array[] = [];
    for await (const chunk of object) chunks.push(chunk);
    return Buffer.concat(chunks).toString();
  };
  return async () => {
    const signal = AbortSignal.timeout(TIMEOUT_MS);
    const state = await read(STATE_NAME, signal);
    if (state !== undefined) return readState(state, lake);
    const first = await read(FIRST_STATE_NAME, signal);
    return first === undefined ? undefined : readFirstState(first, lake);
  };
}
