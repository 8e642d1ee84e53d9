import { describe, expect, test } from "vitest";
import type { AllowedFinding, Finding, FindingKind } from "../../../lib/billing/findings.ts";
import type { DayRow } from "../../../lib/billing/query.ts";
import { allowFindings, findingsOf, hasArrived, requireSound } from "../../../lib/billing/soundness.ts";
import { day } from "../valid.ts";
import { dayRow } from "./months.ts";
import { snapshotFailureOf } from "./valid.ts";

const [THIRD, FOURTH] = [day("2026-04-03"), day("2026-04-04")];

function finding(count: number, kind: FindingKind, of = THIRD): Finding {
  return { day: of, kind, count };
}

function allowed(count: number, kind: FindingKind, reason: string, of = THIRD): AllowedFinding {
  return { ...finding(count, kind, of), reason };
}

describe("the findings of a month", () => {
  test("are the faults of each day, by kind", () => {
    const faults = new Map([
      ["missing_call_id", 2],
      ["call_on_two_days", 1],
    ] as const);
    expect(findingsOf([{ ...dayRow(THIRD, 0, 9), faults }, dayRow(FOURTH, 0, 9)])).toEqual([
      finding(2, "missing_call_id"),
      finding(1, "call_on_two_days"),
    ]);
  });

  test.each([
    [0, 0, []],
    [20, 1, []],
    [19, 1, [1]],
    [60, 3, []],
    [59, 3, [3]],
  ])("of %i calls, %i of them without a duration, are %j", (calls, callsInProgress, counts) => {
    const row = dayRow(THIRD, 0, calls);
    const days: DayRow[] = [{ ...row, quality: { ...row.quality, callsInProgress } }];
    expect(findingsOf(days)).toEqual(counts.map((count) => finding(count, "duration_missing")));
  });
});

describe("a day has arrived", () => {
  test.each<[string, number, FindingKind[], boolean]>([
    ["no record", 0, [], false],
    ["a call", 1, [], true],
    ["only a broken record", 0, ["invalid_agent_id"], true],
    ["only a record of the future", 0, ["recorded_in_the_future"], false],
  ])("with %s", (_, calls, kinds, expected) => {
    const faults = new Map(
      kinds.flatMap((kind) => (kind === "duration_missing" ? [] : [[kind, 1] as const])),
    );
    expect(hasArrived({ ...dayRow(THIRD, 0, calls), faults })).toBe(expected);
  });
});

describe("allowed findings", () => {
  const earlier = [
    allowed(1, "missing_call_id", "first"),
    allowed(1, "call_on_two_days", "first"),
    allowed(5, "missing_call_id", "first", FOURTH),
  ];

  test("stay allowed for the earlier reason if nothing is allowed now", () => {
    expect(allowFindings([finding(9, "missing_call_id")], [], "", earlier)).toEqual([
      allowed(1, "missing_call_id", "first"),
      allowed(1, "call_on_two_days", "first"),
      allowed(5, "missing_call_id", "first", FOURTH),
    ]);
  });

  test("of a kind that is allowed now have the new count and reason, on the days that have that kind", () => {
    expect(
      allowFindings(
        [finding(9, "missing_call_id"), finding(2, "invalid_agent_id")],
        ["missing_call_id"],
        "second",
        earlier,
      ),
    ).toEqual([
      allowed(9, "missing_call_id", "second"),
      allowed(1, "call_on_two_days", "first"),
      allowed(5, "missing_call_id", "first", FOURTH),
    ]);
  });

  test("are sorted by day, and by kind within a day", () => {
    const mixed = [
      finding(1, "duration_missing", FOURTH),
      finding(1, "missing_call_id", FOURTH),
      finding(1, "call_on_two_days"),
      finding(1, "invalid_call_id"),
    ];
    const kinds: FindingKind[] = [
      "call_on_two_days",
      "invalid_call_id",
      "missing_call_id",
      "duration_missing",
    ];
    const expected = [
      "03 invalid_call_id",
      "03 call_on_two_days",
      "04 missing_call_id",
      "04 duration_missing",
    ];
    for (const findings of [mixed, mixed.toReversed(), [...mixed.slice(2), ...mixed.slice(0, 2)]]) {
      const sorted = allowFindings(findings, kinds, "why", []);
      expect(sorted.map((each) => `${each.day.slice(-2)} ${each.kind}`)).toEqual(expected);
    }
  });
});

describe("a month with findings", () => {
  const REFUSAL = "2026-04 is not closed";

  function refusalOf(
    findings: readonly Finding[],
    of: readonly AllowedFinding[] = [],
    tolerated = 0,
  ): string {
    const { code, message } = snapshotFailureOf(() => requireSound(REFUSAL, findings, of, tolerated));
    expect(code).toBe("month_unsound");
    return message;
  }

  test("is refused with each of them and what to do", () => {
    expect(refusalOf([finding(2, "missing_call_id"), finding(1, "call_on_two_days", FOURTH)])).toBe(
      "2026-04 is not closed: its records break the contract of the lake (missing_call_id 2 on 2026-04-03, call_on_two_days 1 on 2026-04-04). Correct the data; npm run doctor shows sample keys. To continue anyway, run by hand with allow_unsound (these kinds) and a reason.",
    );
  });

  test("is accepted up to the tolerated number of records, counted over all findings", () => {
    const findings = [finding(2, "missing_call_id"), finding(1, "call_on_two_days")];
    expect(() => requireSound(REFUSAL, findings, [], 3)).not.toThrow();
    expect(refusalOf(findings, [], 2)).toContain("missing_call_id 2 on");
    expect(() => requireSound(REFUSAL, [], [], 0)).not.toThrow();
  });

  test("is accepted where a person allowed that kind on that day, up to the count of that time", () => {
    const found = [finding(2, "missing_call_id")];
    expect(() => requireSound(REFUSAL, found, [allowed(2, "missing_call_id", "known")], 0)).not.toThrow();
    expect(() => requireSound(REFUSAL, found, [allowed(3, "missing_call_id", "known")], 0)).not.toThrow();
    for (const other of [
      allowed(1, "missing_call_id", "known"),
      allowed(2, "missing_call_id", "known", FOURTH),
      allowed(2, "invalid_call_id", "known"),
    ])
      expect(refusalOf(found, [other])).toContain("missing_call_id 2 on 2026-04-03");
    expect(
      refusalOf([...found, finding(1, "invalid_call_id")], [allowed(2, "missing_call_id", "known")]),
    ).toContain("(invalid_call_id 1 on 2026-04-03)");
  });

  test("names at most 20 of them, and says how many more there are", () => {
    const of = (count: number) =>
      Array.from({ length: count }, (_, at) =>
        finding(1, "missing_call_id", day(`2026-04-${String(at + 1).padStart(2, "0")}`)),
      );
    expect(refusalOf(of(20))).toContain("missing_call_id 1 on 2026-04-20).");
    const message = refusalOf(of(22));
    expect(message).toContain("missing_call_id 1 on 2026-04-20, and 2 more).");
    expect(message).not.toContain("2026-04-21");
  });
});
