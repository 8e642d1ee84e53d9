import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { RequestLimits } from "../../../lib/request/report-request.ts";
import { anyText, anyUuid } from "../arbitraries.ts";
import { day, failureOf, outcomeOf, periodOf, uuids } from "../valid.ts";
import { NAMES, type ValidRequest, validated } from "./validated.ts";

const LIMITS: RequestLimits = { earliestDate: day("2020-01-01"), maxRangeDays: 366 };
const DATES = { start_date: "2026-04-01", end_date: "2026-04-30" };
const ID = "0b9c1d2e-0000-4000-8000-00000000000a";

function read(stated: unknown): ValidRequest {
  return validated(stated, LIMITS);
}

/** The problems of a request: parameter and code of each, in order. */
function problems(stated: unknown): string[] {
  return failureOf(() => read(stated)).errors.map(({ parameter, code }) => `${parameter}: ${code}`);
}

describe("the dates of a request", () => {
  test("are both inclusive, and may be the same day", () => {
    expect(read({ start_date: "2026-04-01", end_date: "2026-04-01" }).period).toEqual(
      periodOf("2026-04-01", "2026-04-01"),
    );
  });

  test("may span the longest range, and not one day more", () => {
    expect(read({ start_date: "2024-01-01", end_date: "2024-12-31" }).period.end).toBe("2024-12-31");
    expect(problems({ start_date: "2024-01-01", end_date: "2025-01-01" })).toEqual([
      "end_date: range_too_long",
    ]);
  });

  test("may begin on the lake's first day, and not one day earlier, which would read as zero", () => {
    expect(read({ start_date: "2020-01-01", end_date: "2020-01-01" }).period.start).toBe("2020-01-01");
    expect(problems({ start_date: "2019-12-31", end_date: "2020-01-01" })).toEqual([
      "start_date: before_earliest_date",
    ]);
  });

  test("may be in the future", () => {
    expect(read({ start_date: "2199-01-01", end_date: "2199-01-31" }).period.start).toBe("2199-01-01");
  });

  test("are refused in the wrong order", () => {
    expect(problems({ start_date: "2026-04-02", end_date: "2026-04-01" })).toEqual([
      "end_date: end_before_start",
    ]);
  });

  test("are required", () => {
    expect(problems({})).toEqual(["start_date: required", "end_date: required"]);
    expect(problems({ start_date: "2026-04-01" })).toEqual(["end_date: required"]);
  });

  test.each([
    "2025-02-29",
    "2026-4-1",
    "2026-04-01T00:00:00Z",
    "yesterday",
    "",
    " 2026-04-01",
    "２０２６-04-01",
  ])("are never %j", (text) => {
    expect(problems({ ...DATES, start_date: text })).toEqual(["start_date: invalid_date"]);
    expect(problems({ ...DATES, end_date: text })).toEqual(["end_date: invalid_date"]);
  });

  test.each([[20_260_401], [null], [true], [["2026-04-01"]], [{ start_date: "2026-04-01" }]])(
    "are text, not %j",
    (value) => {
      expect(problems({ ...DATES, start_date: value })).toEqual(["start_date: invalid_type"]);
    },
  );
});

describe.each(["organization_ids", "reseller_ids"])("the filter %s", (name) => {
  const filterOf = ({ organizationIds, resellerIds }: ValidRequest) =>
    name === "organization_ids" ? organizationIds : resellerIds;

  test("contains each id once, in lower case, in an order that does not depend on the caller's", () => {
    fc.assert(
      fc.property(fc.array(anyUuid, { minLength: 1, maxLength: 20 }), (ids) => {
        const stated = [...ids, ...ids.map((id) => id.toUpperCase())];
        const filter = filterOf(read({ ...DATES, [name]: stated }));
        expect(filterOf(read({ ...DATES, [name]: stated.toReversed() }))).toEqual(filter);
        expect(new Set(filter)).toEqual(new Set(ids));
        expect(filter).toHaveLength(new Set(ids).size);
      }),
    );
  });

  test("is undefined if omitted, which differs from an empty list", () => {
    expect(filterOf(read(DATES))).toBeUndefined();
  });

  test("takes 1,000 different ids, however often each is repeated, and not one more", () => {
    const thousand = uuids(1_000);
    expect(filterOf(read({ ...DATES, [name]: [...thousand, ...thousand] }))).toHaveLength(1_000);
    expect(problems({ ...DATES, [name]: uuids(1_001) })).toEqual([`${name}: too_many`]);
  });

  test.each([[[]], [[""]]])("that is present but empty (%j) is refused", (value) => {
    expect(problems({ ...DATES, [name]: value })).toEqual([`${name}: empty`]);
  });

  test.each([
    [["", ""]],
    [[ID, ""]],
    [[ID, null]],
    [[ID, 1]],
    [[[ID]]],
    [[`${ID},${ID}`]],
    [["*"]],
    [[{ toString: ID }]],
  ])("with an element that is not a UUID (%j) is refused as a whole", (value) => {
    expect(problems({ ...DATES, [name]: value })).toEqual([`${name}: invalid_uuid`]);
  });

  test("names the positions of the elements that are not UUIDs, not their text", () => {
    const { errors } = failureOf(() => read({ ...DATES, [name]: [ID, "secret", ID, "secret"] }));
    expect(errors[0]?.message).toContain("item 2, 4");
    expect(JSON.stringify(errors)).not.toContain("secret");
  });

  test.each([[null], [ID], [{}], [{ 0: ID, length: 1 }], [1], [false]])("is a list, not %j", (value) => {
    expect(problems({ ...DATES, [name]: value })).toEqual([`${name}: invalid_type`]);
  });
});

describe("a request", () => {
  test("that is invalid lists every problem, each with its parameter", () => {
    const stated = {
      start_date: "2019-01-01",
      end_date: "2026-02-30",
      organization_ids: ["x"],
      reseller_ids: [],
      limit: 5,
      offset: 6,
    };
    expect(problems(stated).toSorted()).toEqual([
      "end_date: invalid_date",
      "limit: unknown_parameter",
      "offset: unknown_parameter",
      "organization_ids: invalid_uuid",
      "reseller_ids: empty",
      "start_date: before_earliest_date",
    ]);
  });

  test("that starts too early and ends before its start gets both problems", () => {
    expect(problems({ start_date: "2019-05-02", end_date: "2019-05-01" })).toEqual([
      "start_date: before_earliest_date",
      "end_date: end_before_start",
    ]);
  });

  test("gets advice for each problem", () => {
    const messages = failureOf(() => read({ limit: 1, start_date: 5 })).errors.map(({ message }) => message);
    expect(messages.join(" ")).toContain("YYYY-MM-DD");
    expect(messages.join(" ")).toContain(NAMES.join(", "));
  });

  test.each([[[]], [[DATES]], [null], [undefined], ["start_date=2026-04-01"], [1], [true]])(
    "is an object, not %j",
    (stated) => {
      expect(problems(stated)).toEqual([": invalid_body"]);
    },
  );

  test("does not take its members from the prototype", () => {
    expect(problems(JSON.parse('{"__proto__":{"start_date":"2026-04-01","end_date":"2026-04-01"}}'))).toEqual(
      ["start_date: required", "end_date: required", "__proto__: unknown_parameter"],
    );
    expect(problems({ ...DATES, constructor: 1, toString: 2, hasOwnProperty: 3 })).toHaveLength(3);
  });

  test("full of nonsense gets at most a hundred problems", () => {
    const nonsense = Array.from({ length: 5_000 }, (_, index) => [`${index}${"x".repeat(900)}`, index]);
    const { errors } = failureOf(() => read(Object.fromEntries(nonsense)));
    expect(errors).toHaveLength(100);
    expect(JSON.stringify(errors).length).toBeLessThan(50_000);
  });

  test("of any JSON is refused as invalid, or accepted with every filter that it contains", () => {
    const hostileList = fc.array(fc.oneof(anyUuid, anyText, fc.jsonValue({ maxDepth: 1 })), { maxLength: 4 });
    const member = fc.oneof(anyText, fc.constantFrom("2026-04-01", ID), hostileList, fc.jsonValue());
    const anyObject = fc.dictionary(fc.oneof(fc.constantFrom(...NAMES), anyText), member);
    const nearlyValid = fc.tuple(anyObject, fc.array(anyUuid, { maxLength: 2 }), fc.boolean());
    const stated = fc.oneof(
      fc.jsonValue(),
      anyObject,
      nearlyValid.map(([rest, ids, isDated]) => ({ ...rest, ...(isDated && DATES), reseller_ids: ids })),
      fc.array(anyUuid, { maxLength: 2 }).map((ids) => ({ ...DATES, organization_ids: ids })),
    );
    fc.assert(
      fc.property(stated, (value) => {
        const outcome = outcomeOf(() => membersOf(read(value)));
        expect(["invalid_request", statedMembers(value)]).toContainEqual(outcome);
      }),
      { numRuns: 3_000 },
    );
  });
});

/** The request under the names of its parameters, without absent filters. */
function membersOf({ period, organizationIds, resellerIds }: ValidRequest): object {
  return {
    start_date: period.start,
    end_date: period.end,
    ...(organizationIds && { organization_ids: new Set(organizationIds) }),
    ...(resellerIds && { reseller_ids: new Set(resellerIds) }),
  };
}

/** Everything that was requested, with lists as sets in lower case. */
function statedMembers(value: unknown): object {
  const entries = Object.entries(typeof value === "object" && value !== null ? value : {});
  return Object.fromEntries(
    entries.map(([name, member]: [string, unknown]) => [
      name,
      Array.isArray(member)
        ? new Set(member.map((item) => (typeof item === "string" ? item.toLowerCase() : item)))
        : member,
    ]),
  );
}
