import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { addSeconds, minutesText, sumSigned, toSeconds, toSignedSeconds } from "../../lib/minutes.ts";
import { failureOf, outcomeOf, secondsOf } from "./valid.ts";

const MAX = Number.MAX_SAFE_INTEGER;

/** Seconds over the whole range; small and very large ones are as likely as the rest. */
const anySeconds = fc.oneof(
  fc.maxSafeNat(),
  fc.nat(10_000),
  fc.nat(1_000_000).map((less) => MAX - less),
  fc.integer({ min: 0, max: 53 }).chain((bits) => fc.maxSafeNat().map((value) => value % 2 ** bits)),
);

/** Seconds up to a bound; those near it are as likely as small ones. */
function secondsUpTo(bound: number): fc.Arbitrary<number> {
  return fc.oneof(
    fc.nat(100_000).map((less) => bound - less),
    anySeconds.map((seconds) => seconds % (bound + 1)),
  );
}

/** Seconds / 60 to the nearest hundredth, by rational arithmetic: hundredths are 5/3 of the seconds. */
function exactMinutes(seconds: number): string {
  const hundredths = (10n * BigInt(seconds) + 3n) / 6n;
  const fraction = String(hundredths % 100n)
    .padStart(2, "0")
    .replace(/0+$/, "");
  return fraction === "" ? `${hundredths / 100n}` : `${hundredths / 100n}.${fraction}`;
}

describe("minutes", () => {
  test("are the exact hundredths of their seconds, over the whole range", () => {
    fc.assert(
      fc.property(anySeconds, (seconds) => {
        expect(minutesText(secondsOf(seconds))).toBe(exactMinutes(seconds));
      }),
      { numRuns: 10_000 },
    );
  });

  test("are those of the positive total with the sign before them, for a negative total", () => {
    fc.assert(
      fc.property(anySeconds, (seconds) => {
        const text = minutesText(toSignedSeconds(0 - seconds));
        expect(text).toBe(seconds === 0 ? "0" : `-${exactMinutes(seconds)}`);
      }),
    );
    expect(minutesText(toSignedSeconds(-901))).toBe("-15.02");
  });

  test("are exact for every second of two hours", () => {
    for (let seconds = 1; seconds <= 7_200; seconds++) {
      const minutes = Number(minutesText(secondsOf(seconds)));
      expect(Math.abs(minutes * 60 - seconds)).toBeLessThan(0.3 + 1e-9);
      expect(Math.round(minutes * 60)).toBe(seconds);
    }
  });

  test("have no rounding ties: a third of a hundredth is never a half", () => {
    fc.assert(
      fc.property(anySeconds, (seconds) => {
        expect((10n * BigInt(seconds)) % 6n).not.toBe(3n);
      }),
    );
  });

  test("give their exact seconds back up to 10^15 s", () => {
    fc.assert(
      fc.property(fc.oneof(secondsUpTo(1e15), secondsUpTo(100_000)), (seconds) => {
        expect(Math.round(Number(minutesText(secondsOf(seconds))) * 60)).toBe(seconds);
      }),
      { numRuns: 10_000 },
    );
  });

  test("are written as JSON writes the number", () => {
    fc.assert(
      fc.property(secondsUpTo(1e15), (seconds) => {
        const text = minutesText(secondsOf(seconds));
        expect(JSON.stringify(JSON.parse(text))).toBe(text);
      }),
    );
  });

  test("never decrease when the seconds grow", () => {
    fc.assert(
      fc.property(secondsUpTo(1e15), (seconds) => {
        const [less, more] = [seconds, seconds + 1].map((total) => Number(minutesText(secondsOf(total))));
        expect(less).toBeLessThan(more ?? 0);
      }),
    );
  });

  test.each([
    [0, "0"],
    [1, "0.02"],
    [2, "0.03"],
    [3, "0.05"],
    [6, "0.1"],
    [30, "0.5"],
    [59, "0.98"],
    [60, "1"],
    [61, "1.02"],
    [30_762, "512.7"],
    [22_224, "370.4"],
    [8_538, "142.3"],
    [600, "10"],
    [6_000, "100"],
    [MAX, "150119987579016.52"],
  ])("of %d s read %s", (seconds, text) => {
    expect(minutesText(secondsOf(seconds))).toBe(text);
  });
});

describe("seconds", () => {
  test("are whole numbers from 0 to 2^53 - 1", () => {
    fc.assert(
      fc.property(anySeconds, (seconds) => {
        expect(toSeconds(seconds)).toBe(seconds);
      }),
    );
  });

  test.each([-1, 0.5, MAX + 1, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])(
    "are never %d",
    (value) => {
      expect(failureOf(() => toSeconds(value)).code).toBe("internal_error");
    },
  );

  test("add up exactly, or fail if the sum leaves the exact range", () => {
    fc.assert(
      fc.property(anySeconds, anySeconds, (a, b) => {
        const sum = BigInt(a) + BigInt(b);
        const expected = sum <= BigInt(MAX) ? Number(sum) : "internal_error";
        expect(outcomeOf(() => addSeconds(secondsOf(a), secondsOf(b)))).toBe(expected);
      }),
    );
  });
});

test("log why they are not exact", () => {
  const reasonOf = (call: () => unknown) => failureOf(call).cause;
  expect(reasonOf(() => toSeconds(-1))).toMatchObject({
    message: "seconds are not a whole number from 0 to 2^53 - 1",
  });
  expect(reasonOf(() => toSignedSeconds(0.5))).toMatchObject({
    message: "signed seconds are not an exact whole number",
  });
});

describe("signed seconds", () => {
  test("are exact whole numbers, and zero has no sign", () => {
    for (const value of [0.5, Number.NaN, 2 ** 53, -(2 ** 53), Number.POSITIVE_INFINITY])
      expect(outcomeOf(() => toSignedSeconds(value))).toBe("internal_error");
    expect(Object.is(toSignedSeconds(-0), 0)).toBe(true);
  });

  test("are added exactly or not at all", () => {
    expect(sumSigned([toSignedSeconds(5), toSignedSeconds(-7)])).toBe(-2);
    expect(outcomeOf(() => sumSigned([toSignedSeconds(MAX), toSignedSeconds(1)]))).toBe("internal_error");
  });
});
