import { internalError } from "./errors.ts";

declare const seconds: unique symbol;
declare const signed: unique symbol;

/** Exact whole seconds with a sign, up to 2^53 - 1 either way: an adjustment, or a total that contains some. */
export type SignedSeconds = number & { readonly [signed]: true };

/** Exact whole seconds of voice, 0 to 2^53 - 1. */
export type Seconds = SignedSeconds & { readonly [seconds]: true };

/** @throws ServiceError `internal_error` for anything but a whole number from 0 to 2^53 - 1 */
export function toSeconds(value: number): Seconds {
  if (!isSeconds(value)) throw internalError("seconds are not a whole number from 0 to 2^53 - 1");
  return value;
}

/** @throws ServiceError `internal_error` when the sum leaves the exact range, rather than round it */
export function addSeconds(a: Seconds, b: Seconds): Seconds {
  return toSeconds(a + b);
}

/** @throws ServiceError `internal_error` for anything but a whole number of at most 2^53 - 1 either way */
export function toSignedSeconds(value: number): SignedSeconds {
  if (!isSigned(value)) throw internalError("signed seconds are not an exact whole number");
  // Zero has one form, so that it is never written as `-0`.
  return value === 0 ? toSeconds(0) : value;
}

/** Adds exactly. @throws ServiceError `internal_error` when a sum on the way leaves the exact range */
export function sumSigned(values: Iterable<SignedSeconds>): SignedSeconds {
  let sum = toSignedSeconds(0);
  for (const value of values) sum = toSignedSeconds(sum + value);
  return sum;
}

function isSigned(value: number): value is SignedSeconds {
  return Number.isSafeInteger(value);
}

function isSeconds(value: number): value is Seconds {
  return Number.isSafeInteger(value) && value >= 0;
}

/** Hundredths of a minute in 0, 1 and 2 seconds, rounded: 5/3 each, so a tie cannot occur. */
const HUNDREDTHS_IN_SECONDS = [0, 2, 3] as const;

/**
 * Minutes to the nearest hundredth, as JSON writes the number: `512.7`, `0.02`, `3`. A negative total is the positive
 * one with a minus sign before it: `-15.02`.
 *
 * Made from whole numbers alone: a minute is 60 s and no remainder of it rounds up to the next minute
 * (59 s are 0.98), so the digits are exact over the whole range, also where a binary fraction would not be.
 * `Math.round(minutes * 60)` gives the seconds back.
 */
export function minutesText(total: SignedSeconds): string {
  if (total < 0) return `-${minutesText(toSignedSeconds(0 - total))}`;
  const remainder = total % 60;
  const hundredths = Math.floor(remainder / 3) * 5 + (HUNDREDTHS_IN_SECONDS[remainder % 3] ?? 0);
  const whole = String((total - remainder) / 60);
  if (hundredths === 0) return whole;
  return `${whole}.${String(hundredths).padStart(2, "0").replace(/0$/, "")}`;
}
