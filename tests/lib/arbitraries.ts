import * as fc from "fast-check";
import type { Uuid } from "../../lib/ids.ts";
import type { Day } from "../../lib/period.ts";
import { day, uuid } from "./valid.ts";

/** A UUID of any version and variant, in lower case. */
export const anyUuid: fc.Arbitrary<Uuid> = fc.bigInt({ min: 0n, max: 2n ** 128n - 1n }).map((bits) => {
  const digits = bits.toString(16).padStart(32, "0");
  return uuid(digits.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5"));
});

const FIRST_DAY = Date.UTC(2020, 0, 1) / 86_400_000;

/** A day from 2020-01-01 on, within some thirty years. */
export const anyDay: fc.Arbitrary<Day> = fc.nat(11_000).map((days) => dayAfter(FIRST_DAY + days));

/** The day this many days after 1970-01-01, by the platform's own calendar. */
export function dayAfter(days: number): Day {
  return day(new Date(days * 86_400_000).toISOString().slice(0, 10));
}

/** Characters with a meaning in one of the languages that text passes through. */
const TELLING = Array.from("\"',;\r\n\t =+-@\\{}[]%&?#\u0000\u00a0\u2028\ufeff😀é");

/** Text of any code points that JSON or UTF-8 can represent. */
export const anyText = fc.oneof(
  fc.string({ unit: "binary" }),
  fc.string({ unit: "grapheme" }),
  fc.string({ unit: fc.constantFrom(...TELLING) }),
);
