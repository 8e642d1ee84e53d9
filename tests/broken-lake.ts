/** Generates lakes that break the contract of `call_usage`, in every way that a record or a folder can. */
import * as fc from "fast-check";
import type { CallRecord, Lake, RawCallRecord } from "../local/lake/records.ts";
import { generatedLake, POOL } from "./generated-lake.ts";

/** Texts that are not lower-case UUIDs: blank, upper case, truncated, too long, in braces, with another letter, two of them. */
export const INVALID_IDS = [
  "",
  " ",
  "51F20000-0000-4000-8000-000000000001",
  "51f20000-0000-4000-8000-00000000000",
  "51f20000-0000-4000-8000-0000000000011",
  "{51f20000-0000-4000-8000-000000000001}",
  "51f2000000004000800000000000000001",
  "51f20000000040008000000000000001",
  "51f20000-0000-4000-8000-00000000000g",
  "51f20000-0000-4000-8000-00000000000\u00e9",
  "51f2000-00000-4000-8000-000000000001",
  " 51f20000-0000-4000-8000-00000000001",
  "51f20000-0000-4000-8000-000000000001\n",
  "51f20000-0000-4000-8000-000000000001\n51f20000-0000-4000-8000-000000000001",
  "51f20000-0000-4000-8000-00000000000151f20000-0000-4000-8000-000000000001",
  "northwind",
] as const;

const invalidId = fc.constantFrom(...INVALID_IDS);
const orNull = fc.oneof(invalidId, fc.constant(null));
const INSTANTS = [
  "2026-04-02T09:00:00Z",
  "2026-05-03T00:00:00Z",
  "2026-05-06T00:00:00Z",
  "2999-01-01T00:00:00Z",
];

/** The columns that a break changes in a record. */
const broken: fc.Arbitrary<Partial<RawCallRecord>> = fc.oneof(
  fc.record({ call_id: orNull }),
  fc.record({ reseller_id: orNull }),
  fc.record({ organization_id: orNull }),
  fc.record({ agent_id: invalidId }),
  fc.record({ recorded_at: fc.constant(null) }),
  fc.record({ call_id: fc.constant(null), recorded_at: fc.constant(null) }),
  fc.record({ started_at: fc.constant(null) }),
  // A day other than the folder's; the folder of another day.
  fc.record({
    started_at: fc.constantFrom(new Date("2026-04-02T00:00:00Z"), new Date("2026-05-01T00:00:00Z")),
  }),
  fc.record({ dt: fc.constantFrom(...POOL.days, "2026-05-01") }),
);

/** An additional record: a copy of an existing one, possibly later, with a break. */
const addition = fc.record({
  of: fc.nat(99),
  change: broken,
  recorded_at: fc.option(fc.constantFrom(...INSTANTS.map((text) => new Date(text))), { nil: undefined }),
});

/** A lake in which some records are broken, each in its own way. */
export const brokenLake: fc.Arbitrary<Lake<RawCallRecord>> = fc
  .record({ lake: generatedLake, additions: fc.array(addition, { maxLength: 8, size: "max" }) })
  .map(({ lake: { call_usage, ...directory }, additions }) => ({
    ...directory,
    call_usage: [
      ...call_usage,
      ...additions.flatMap(({ of, change, recorded_at }) => {
        const original: CallRecord | undefined = call_usage[of % Math.max(1, call_usage.length)];
        return original === undefined
          ? []
          : [{ ...original, ...(recorded_at && { recorded_at }), ...change }];
      }),
    ],
  }));
