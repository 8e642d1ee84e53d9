/** Valid values of the types that only a parser can create. */
import { type ProblemCode, ServiceError } from "../../lib/errors.ts";
import { parseUuid, type Uuid } from "../../lib/ids.ts";
import { type Seconds, toSeconds } from "../../lib/minutes.ts";
import { type Day, isDay, type Period } from "../../lib/period.ts";
import { type ResellerScope, resellersInClaim } from "../../lib/scope/reseller-scope.ts";

/** The UUID of this text, or one that ends in these digits. */
export function uuid(text: string): Uuid {
  const id = parseUuid(text.length === 36 ? text : `00000000-0000-4000-8000-${text.padStart(12, "0")}`);
  if (id === undefined) throw new TypeError(`${text} makes no UUID`);
  return id;
}

/** This many different UUIDs. */
export function uuids(count: number): Uuid[] {
  return Array.from({ length: count }, (_, index) => uuid(String(index + 1)));
}

export function day(text: string): Day {
  if (!isDay(text)) throw new TypeError(`${text} is no day`);
  return text;
}

export function periodOf(start: string, end: string): Period {
  return { start: day(start), end: day(end) };
}

export function secondsOf(value: number): Seconds {
  return toSeconds(value);
}

export function scopeOf(...ids: readonly string[]): ResellerScope {
  const scope = resellersInClaim(ids);
  if (scope === undefined) throw new TypeError("no resellers");
  return scope;
}

/** The failure that the call throws; rethrows anything but a ServiceError. */
export function failureOf(call: () => unknown): ServiceError {
  try {
    call();
  } catch (error) {
    if (error instanceof ServiceError) return error;
    throw error;
  }
  throw new Error("nothing was thrown");
}

/** The result of the call, or the code of the failure that it throws. */
export function outcomeOf<T>(call: () => T): T | ProblemCode {
  try {
    return call();
  } catch (error) {
    if (error instanceof ServiceError) return error.code;
    throw error;
  }
}

/** The rejection of the promise; rethrows anything but a ServiceError. */
export async function rejectionOf(promise: Promise<unknown>): Promise<ServiceError> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof ServiceError) return error;
    throw error;
  }
  throw new Error("nothing was thrown");
}

/** All items of a stream, in order. */
export async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const collected: T[] = [];
  for await (const item of items) collected.push(item);
  return collected;
}

/** The items as a stream. */
export async function* arriving<T>(items: Iterable<T>): AsyncGenerator<T> {
  yield* items;
}
