import type { Failure } from "./failure.ts";
import { clockText, instantOf, tookText } from "./figures.ts";
import type { Loaded } from "./memory.ts";

/** Whether the service has answered the last request for figures that are shown; the failure if it has not. */
export type Check = "running" | "done" | Failure;

/** How current the shown figures are. */
export interface Freshness extends Omit<Loaded<unknown>, "value"> {
  readonly check: Check;
}

/** When the figures were loaded, and whether the service has confirmed them since. */
export function loadedText({ at, took, confirmedAt, check }: Freshness): string {
  const loaded = `Loaded at ${clockText(at)}`;
  if (check === "running") return `${loaded}. Checking for changes …`;
  if (confirmedAt !== undefined) return `${loaded}. Confirmed unchanged at ${clockText(confirmedAt)}.`;
  return `${loaded} in ${tookText(took)}.`;
}

/** The same for a printed document, which is kept: with days and in UTC. */
export function printedFreshness({ at, confirmedAt, check }: Freshness): string {
  if (check !== "done") return `${instantOf(at)}. Not confirmed since: the figures may be out of date`;
  return confirmedAt === undefined
    ? instantOf(at)
    : `${instantOf(at)}, confirmed unchanged ${instantOf(confirmedAt)}`;
}
