import { internalError } from "./errors.ts";

declare const seconds: unique symbol;
declare const signed: unique symbol;

/** Exact whole seconds with a sign, from -(2^53 - 1) to 2^53 - 1: an adjustment, or a total that contains some. */
export type SignedSeconds = number & { readonly [signed]: true };

/** Exact whole seconds of voice, 0 to 2^53 - 1. */
export type Seconds = SignedSeconds & { readonly [seconds]: true };

/** @throws ServiceError `internal_error` for anything but a whole number from 0 to 2^53 - 1 */
export function toSeconds(value: number): Seconds {
  if (!isSeconds(value)) throw internalError("seconds are not a whole number from 0 to 2^53 - 1");
  return value;
}

/** @throws ServiceError `internal_error` if the sum leaves the exact range; it is never rounded */
export function addSeconds(a: Seconds, b: Seconds): Seconds {
  return toSeconds(a + b);
}

/** @throws ServiceError `internal_error` unless it is a whole number from -(2^53 - 1) to 2^53 - 1 */
export function toSignedSeconds(value: number): SignedSeconds {
  if (!isSigned(value)) throw internalError("signed seconds are not an exact whole number");
  // Zero has one form, so that it is never written as `-0`.
  return value === 0 ? toSeconds(0) : value;
}

/** Adds exactly. @throws ServiceError `internal_error` if an intermediate sum leaves the exact range */
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

/** Hundredths of a minute in 0, 1 and 2 seconds, rounded. A second is 5/3 hundredths, so a tie cannot occur. */
const HUNDREDTHS_IN_SECONDS = [0, 2, 3] as const;

/**
 * Renders minutes to the nearest hundredth, as JSON writes the number: `512.7`, `0.02`, `3`. A negative total is the
 * positive one with a minus sign before it: `-15.02`.
 *
 * It uses only whole numbers. A minute is 60 s, and no remainder rounds up to the next minute (59 s are 0.98). So the
 * digits are exact over the whole range, even where a binary fraction is not. `Math.round(minutes * 60)` gives the
 * seconds back.
 */
export function minutesText(total: SignedSeconds): string {
  if (total < 0) return `-${minutesText(toSignedSeconds(0 - total))}`;
  const remainder = total % 60;
  const hundredths = Math.floor(remainder / 3) * 5 + (HUNDREDTHS_IN_SECONDS[remainder % 3] ?? 0);
  const whole = String((total - remainder) / 60);
  if (hundredths === 0) return whole;
  return `${whole}.${String(hundredths).padStart(2, "0").replace(/0$/, "")}`;
}
