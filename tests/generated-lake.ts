/**
 * Generates small lakes full of hard cases. Ids, days and instants come from small pools, so that collisions are
 * common. Records of one call disagree or tie, organizations are under several resellers, and directory rows are
 * duplicate, contradictory, missing or blank. Every value is independent of the others, so that a failing lake
 * shrinks to the few records that matter.
 */
import * as fc from "fast-check";
import type {
  AgentRecord,
  CallRecord,
  Lake,
  OrganizationRecord,
  ResellerRecord,
} from "../local/lake/records.ts";
import type { WriteLakeOptions } from "../local/lake/write.ts";
import type { Question } from "./oracle.ts";

/** The ids that occur; the last one of each kind is in no lake. One id is shared by all three kinds. */
export const POOL = {
  resellers: [
    "51f20000-0000-4000-8000-000000000001",
    "0a000000-0000-1000-8000-00000000000a",
    "cccccccc-cccc-0ccc-cccc-cccccccccccc",
    "deadbeef-0000-4000-8000-000000000001",
  ],
  organizations: [
    "0b9c0000-0000-4000-8000-000000000001",
    "0b9c0000-0000-4000-8000-000000000002",
    "ffffffff-ffff-ffff-ffff-ffffffffffff",
    "cccccccc-cccc-0ccc-cccc-cccccccccccc",
    "deadbeef-0000-4000-8000-000000000002",
  ],
  agents: [
    "7d1e0000-0000-4000-8000-000000000001",
    "7d1e0000-0000-4000-8000-000000000002",
    "00000000-0000-0000-0000-000000000001",
    "cccccccc-cccc-0ccc-cccc-cccccccccccc",
    "deadbeef-0000-4000-8000-000000000003",
  ],
  /** Days that may have calls: on both sides of a month's beginning, and its last day. */
  days: ["2026-03-31", "2026-04-01", "2026-04-02", "2026-04-30"],
} as const;

const NIL_UUID = "00000000-0000-0000-0000-000000000000";

const resellerId = fc.constantFrom(...POOL.resellers.slice(0, -1));
const organizationId = fc.constantFrom(...POOL.organizations.slice(0, -1));
const agentId = fc.constantFrom(...POOL.agents.slice(0, -1));

/** The characters that JavaScript's `trim()` removes. An engine's `trim` keeps some of them. */
export const BLANKS: readonly string[] = ["", " ", "\t", "\r\n", "\u00a0", "\u3000", "\ufeff", " \u2003"];

/** Names that some component might misread. */
const TRICKY = {
  ties: ["same", "same", "Same", "SAME", "same ", " same"],
  separators: [
    'a "quoted" name',
    '"',
    "comma, Ltd",
    "semi;colon",
    "line\r\nbreak",
    "line\nfeed",
    "a\rreturn",
  ],
  formulas: [
    "=1+1",
    "+49 30 1",
    "-5",
    "@home",
    "\ttab",
    "\rreturn",
    " =1",
    "'quoted",
    "a;=1;b",
    "a\t-1",
    'x;"=1"',
    "＝1",
  ],
  sql: ["O'Brien", "''", "\\", "\\'", "?", "%_", "--", "null", "NULL", "true"],
  // By code units U+1D11E comes before U+FF5E, by code points and UTF-8 bytes after it.
  orders: [
    "\uff5e",
    "\u{1d11e}",
    "\u{1f4de} calls",
    "é",
    "e\u0301",
    "ß",
    "İ",
    "Åsa",
    "zz",
    "Zz",
    "李雷",
    "מרים",
  ],
  shown: ["Unassigned", NIL_UUID, "0", "NaN", "[object Object]", "\u200b", "\ufeffmarked"],
};

const name: fc.Arbitrary<string | null> = fc.oneof(
  { weight: 3, arbitrary: fc.constant(null) },
  { weight: 3, arbitrary: fc.constantFrom(...BLANKS) },
  { weight: 6, arbitrary: fc.constantFrom(...Object.values(TRICKY).flat()) },
  { weight: 1, arbitrary: fc.string({ unit: "grapheme", maxLength: 6 }) },
);

const resellers: fc.Arbitrary<ResellerRecord[]> = many(
  fc.record({ reseller_id: resellerId, internal_id: name, name }),
  4,
);

const organizations: fc.Arbitrary<OrganizationRecord[]> = many(
  fc.record({ organization_id: organizationId, internal_id: name, name, reseller_id: resellerId }),
  7,
);

const agents: fc.Arbitrary<AgentRecord[]> = many(
  fc.record({
    agent_id: agentId,
    organization_id: organizationId,
    reseller_id: resellerId,
    external_id: name,
    internal_id: name,
    name,
  }),
  14,
);

const HOUR = 3_600_000;

/** What a correction may change. The day of a call never changes; the time within it may. */
const columns = {
  reseller_id: resellerId,
  organization_id: organizationId,
  agent_id: fc.oneof(
    { weight: 6, arbitrary: agentId },
    { weight: 3, arbitrary: fc.constant(null) },
    { weight: 1, arbitrary: fc.constant(NIL_UUID) },
  ),
  millisecondOfDay: fc.constantFrom(0, 24 * HOUR - 1, 9 * HOUR, 9 * HOUR + 1),
  duration_seconds: fc.oneof(
    { weight: 1, arbitrary: fc.constant(null) },
    {
      weight: 3,
      arbitrary: fc.constantFrom(-1n, 0n, 1n, 60n, 61n, -(10n ** 12n), 10n ** 12n, 10n ** 12n - 1n),
    },
    { weight: 3, arbitrary: fc.bigInt(-10n, 4_000n) },
  ),
  // Few instants, so that ties are frequent; the last two are on both sides of a billing cutoff.
  recorded_at: fc.constantFrom(
    "2026-04-30T23:59:59.999Z",
    "2026-05-01T00:00:00.000Z",
    "2026-05-04T05:59:59.999Z",
    "2026-05-04T06:00:00.000Z",
  ),
};

const { reseller_id, organization_id, agent_id, duration_seconds, recorded_at } = columns;

/** What a further record changes: everything; one column, mostly later; or one column only: a tie. */
const correction = fc.oneof(
  fc.record(columns),
  fc.record({ recorded_at, reseller_id, organization_id }),
  fc.record({ recorded_at, organization_id }),
  fc.record({ recorded_at, agent_id }),
  fc.record({ recorded_at, duration_seconds }),
  fc.record({ reseller_id }),
  fc.record({ organization_id }),
  fc.record({ agent_id }),
  fc.record({ duration_seconds }),
  fc.record({ millisecondOfDay: columns.millisecondOfDay, duration_seconds }),
);

/** A call: its first record, its corrections, and the place of each copy in the delivery. */
const call = fc.record({
  day: fc.constantFrom(...POOL.days),
  first: fc.record(columns),
  corrections: many(correction, 3),
  positions: fc.array(fc.array(fc.nat(999), { minLength: 1, maxLength: 3 }), { minLength: 4, maxLength: 4 }),
});

type Call = typeof call extends fc.Arbitrary<infer T> ? T : never;

/** The records of a call with their places in the delivery; an exact copy has another place. */
function deliver({ day, first, corrections, positions }: Call, index: number) {
  const call_id = `ca110000-0000-4000-8000-${String(index).padStart(12, "0")}`;
  return [first, ...corrections].flatMap((changes, version) => {
    const { millisecondOfDay, recorded_at: recordedAt, ...ids } = { ...first, ...changes };
    const record: CallRecord = {
      call_id,
      ...ids,
      started_at: new Date(Date.parse(day) + millisecondOfDay),
      recorded_at: new Date(recordedAt),
      dt: day,
    };
    return (positions[version] ?? []).map((position) => ({ record, position }));
  });
}

/** A lake of up to 16 calls over the days of `POOL`, delivered in any order. */
export const generatedLake: fc.Arbitrary<Lake> = fc
  .record({ calls: many(call, 16), resellers, organizations, agents })
  .map(({ calls, ...directory }) => ({
    ...directory,
    call_usage: calls
      .flatMap(deliver)
      .sort((a, b) => a.position - b.position)
      .map(({ record }) => record),
  }));

/** The distribution of the lake over files: several a day, days with an empty file. */
export const generatedLayout: fc.Arbitrary<WriteLakeOptions> = fc.record({
  filesPerDay: fc.integer({ min: 1, max: 3 }),
  days: fc.subarray([...POOL.days]),
});

/** Days around and between those of the lake. */
const DAYS_ASKED = ["2026-03-30", ...POOL.days, "2026-04-15", "2026-05-01"].sort();

/**
 * A request that suits any generated lake: ranges in, around and beside its days; a claim of one or more resellers;
 * filters of own, foreign and unknown ids.
 */
export const generatedQuestion: fc.Arbitrary<Question> = fc
  .record({
    resellers: fc.subarray([...POOL.resellers], { minLength: 1 }),
    days: fc.tuple(fc.constantFrom(...DAYS_ASKED), fc.constantFrom(...DAYS_ASKED)),
    organization_ids: maybe(fc.subarray([...POOL.organizations], { minLength: 1 })),
    reseller_ids: maybe(fc.subarray([...POOL.resellers], { minLength: 1 })),
  })
  .map(({ days: [a, b], ...question }) => ({
    ...question,
    start_date: a < b ? a : b,
    end_date: a < b ? b : a,
  }));

function maybe<T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> {
  return fc.option(arbitrary, { nil: undefined, freq: 2 });
}

function many<T>(arbitrary: fc.Arbitrary<T>, maxLength: number): fc.Arbitrary<T[]> {
  return fc.array(arbitrary, { maxLength, size: "max" });
}
