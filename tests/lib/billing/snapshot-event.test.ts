import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { closableFrom, daysOf, isInstant, isMonth, toInstant } from "../../../lib/billing/month.ts";
import { SnapshotError } from "../../../lib/billing/snapshot-error.ts";
import { readEvent, type SnapshotRequest } from "../../../lib/billing/snapshot-event.ts";
import { anyText } from "../arbitraries.ts";
import { snapshotFailureOf } from "./valid.ts";

const GRACE_DAYS = 3;
const NOW = Date.UTC(2026, 10, 23, 12, 30, 15, 750);
const BY_HAND = { period: "2026-04", as_of: "2026-05-04T06:00:00Z" };

function read(event: unknown, now = NOW): SnapshotRequest {
  return readEvent(event, GRACE_DAYS, now);
}

/** The message of the refusal. */
function refusalOf(event: unknown, now = NOW): string {
  const { code, message } = snapshotFailureOf(() => read(event, now));
  expect(code).toBe("invalid_event");
  return message;
}

describe("the schedule's event", () => {
  test("is about the month before its own time", () => {
    expect(read({ scheduled_time: "2026-05-04T06:00:00Z" })).toEqual({
      isScheduled: true,
      month: "2026-04",
      asOf: "2026-05-04T06:00:00Z",
      futureFrom: "2026-11-24T00:00:00Z",
      allowedMissingDays: [],
      allowedFindings: undefined,
    });
  });

  test.each([
    ["2026-05-01T00:00:00Z", "2026-04"],
    ["2026-05-31T23:59:59Z", "2026-04"],
    ["2026-03-31T06:00:00Z", "2026-02"],
    ["2026-01-01T00:00:00Z", "2025-12"],
    ["2026-01-31T23:59:59Z", "2025-12"],
    ["2025-12-31T23:59:59Z", "2025-11"],
  ])("of %s means %s, whenever it is handled", (scheduled_time, month) => {
    for (const now of [Date.parse(scheduled_time), NOW, Date.UTC(2031, 6, 1)]) {
      expect(read({ scheduled_time }, now).month).toBe(month);
    }
  });

  test.each([
    ["2026-05-04T06:00:00Z", "2026-05-04T06:00:20Z", "2026-05-05T06:00:00Z"],
    ["2026-05-04T06:00:00Z", "2026-05-04T23:59:59Z", "2026-05-05T06:00:00Z"],
    ["2026-05-04T06:00:00Z", "2026-05-05T00:00:00Z", "2026-05-06T00:00:00Z"],
    ["2026-05-04T06:00:00Z", "2026-07-09T12:00:00Z", "2026-07-10T00:00:00Z"],
  ])("of %s handled at %s treats records from %s on as future ones", (scheduled_time, now, from) => {
    expect(read({ scheduled_time }, Date.parse(now)).futureFrom).toBe(from);
  });

  test("may come during the grace: that run does nothing, without an error", () => {
    expect(read({ scheduled_time: "2026-05-01T00:00:00Z" }).month).toBe("2026-04");
  });

  test("may be as old as 1970", () => {
    expect(read({ scheduled_time: "1970-01-01T00:00:00Z" }).month).toBe("1969-12");
  });

  test("may name the present second, and not the next", () => {
    expect(read({ scheduled_time: "2026-11-23T12:30:15Z" }).asOf).toBe("2026-11-23T12:30:15Z");
    expect(refusalOf({ scheduled_time: "2026-11-23T12:30:16Z" })).toContain(
      "2026-11-23T12:30:16Z is in the future",
    );
  });
});

describe("an event by hand", () => {
  test("names its month and its instant", () => {
    expect(read(BY_HAND)).toEqual({
      isScheduled: false,
      month: "2026-04",
      asOf: "2026-05-04T06:00:00Z",
      futureFrom: "2026-11-24T00:00:00Z",
      allowedMissingDays: [],
      allowedFindings: undefined,
    });
  });

  test("may name a month long ago, and the first instant after its grace", () => {
    expect(read({ ...BY_HAND, period: "2020-01" }).month).toBe("2020-01");
    expect(read({ ...BY_HAND, as_of: "2026-05-04T00:00:00Z" }).asOf).toBe("2026-05-04T00:00:00Z");
  });

  test("may allow days, each once and in order, with the reason for all of them", () => {
    const allow_missing_days = ["2026-04-19", "2026-04-03", "2026-04-19"];
    expect(read({ ...BY_HAND, allow_missing_days, reason: "A holiday." }).allowedMissingDays).toEqual([
      { day: "2026-04-03", reason: "A holiday." },
      { day: "2026-04-19", reason: "A holiday." },
    ]);
  });

  test("may allow kinds of findings, with the reason", () => {
    const allow_unsound = ["missing_call_id", "call_on_two_days"];
    expect(read({ ...BY_HAND, allow_unsound, reason: "Known." }).allowedFindings).toEqual({
      kinds: allow_unsound,
      reason: "Known.",
    });
  });

  test("before the end of the month's grace gets the earliest instant", () => {
    const message = refusalOf({ ...BY_HAND, as_of: "2026-05-03T23:59:59Z" });
    expect(message).toContain("as_of: 2026-04 can be closed only as of 2026-05-04T00:00:00Z or later");
  });

  test("of a month that is not over gets it too", () => {
    const message = refusalOf({ period: "2026-11", as_of: "2026-11-23T00:00:00Z" });
    expect(message).toContain("2026-12-04T00:00:00Z or later");
  });

  test("with a future as_of is refused, for any month", () => {
    expect(refusalOf({ ...BY_HAND, as_of: "2026-11-23T12:30:16Z" })).toContain("in the future");
    expect(refusalOf({ period: "9999-12", as_of: "9999-12-31T23:59:59Z" })).toContain("in the future");
  });

  test("that allows days outside its month gets each of them", () => {
    const allow_missing_days = ["2026-03-31", "2026-04-30", "2026-05-01"];
    const message = refusalOf({ ...BY_HAND, allow_missing_days, reason: "No calls." });
    expect(message).toContain("allow_missing_days: not in 2026-04: 2026-03-31, 2026-05-01.");
    expect(message).not.toContain("2026-04-30");
  });
});

const DAYS = ["2026-04-19"];
const TOGETHER =
  "allow_missing_days, allow_unsound or allow_shrunk needs a reason, and a reason needs one of them";
const NO_KINDS = "allow_unsound must list one or more of these kinds";
const NO_DAYS = "allow_missing_days must be a list of days as YYYY-MM-DD, or omitted";
const NO_INSTANT = "must be an instant as YYYY-MM-DDTHH:MM:SSZ, in UTC and without milliseconds";

describe("everything else is refused with advice", () => {
  test.each<[string, unknown, string]>([
    ["nothing", undefined, "the event must be a JSON object"],
    ["null", null, "the event must be a JSON object"],
    ["a text", "2026-04", "the event must be a JSON object"],
    ["a list", [BY_HAND], "the event must be a JSON object"],
    ["no member", {}, "period is missing; as_of is missing"],
    ["no period", { as_of: BY_HAND.as_of }, "period is missing"],
    ["no as_of", { period: "2026-04" }, "as_of is missing"],
    ["an extra member", { ...BY_HAND, force: true }, "force: there is no such member"],
    [
      "an extra member of the schedule's",
      { scheduled_time: BY_HAND.as_of, retry: 1, dry: 2 },
      "retry, dry: there is no such member",
    ],
    [
      "both forms at once",
      { ...BY_HAND, scheduled_time: BY_HAND.as_of },
      "period, as_of: there is no such member",
    ],
    ["a misspelt member", { Period: "2026-04", as_of: BY_HAND.as_of }, "period is missing"],
    ["milliseconds", { scheduled_time: "2026-05-04T06:00:00.000Z" }, `scheduled_time ${NO_INSTANT}`],
    ["milliseconds by hand", { ...BY_HAND, as_of: "2026-05-04T06:00:00.000Z" }, `as_of ${NO_INSTANT}`],
    ["another zone", { scheduled_time: "2026-05-04T06:00:00+02:00" }, `scheduled_time ${NO_INSTANT}`],
    ["a day for an instant", { ...BY_HAND, as_of: "2026-05-04" }, `as_of ${NO_INSTANT}`],
    ["a number for an instant", { scheduled_time: 1_777_874_400 }, `scheduled_time ${NO_INSTANT}`],
    ["a year of five digits", { scheduled_time: "+010000-01-01T00:00:00Z" }, `scheduled_time ${NO_INSTANT}`],
    ["an instant before 1970", { scheduled_time: "0000-01-01T00:00:00Z" }, `scheduled_time ${NO_INSTANT}`],
    ["a placeholder", { scheduled_time: "<aws.scheduler.scheduled-time>" }, `scheduled_time ${NO_INSTANT}`],
    ["a day for a month", { ...BY_HAND, period: "2026-04-01" }, "period must be a month as YYYY-MM"],
    ["no such month", { ...BY_HAND, period: "2026-13" }, "period must be a month as YYYY-MM"],
    ["null for a month", { ...BY_HAND, period: null }, "period must be a month as YYYY-MM"],
    ["days without a reason", { ...BY_HAND, allow_missing_days: DAYS }, TOGETHER],
    ["a reason without days", { ...BY_HAND, reason: "A holiday." }, TOGETHER],
    ["no days", { ...BY_HAND, allow_missing_days: [], reason: "None." }, NO_DAYS],
    ["one day as text", { ...BY_HAND, allow_missing_days: "2026-04-19", reason: "One." }, NO_DAYS],
    ["kinds without a reason", { ...BY_HAND, allow_unsound: ["missing_call_id"] }, TOGETHER],
    ["no kinds", { ...BY_HAND, allow_unsound: [], reason: "None." }, NO_KINDS],
    ["an unknown kind", { ...BY_HAND, allow_unsound: ["broken"], reason: "One." }, NO_KINDS],
    [
      "an invalid day beside a valid one",
      { ...BY_HAND, allow_missing_days: [...DAYS, "x"], reason: "Two." },
      NO_DAYS,
    ],
    ["a list for a day", { ...BY_HAND, allow_missing_days: [DAYS], reason: "One." }, NO_DAYS],
    [
      "an unknown kind beside a known one",
      { ...BY_HAND, allow_unsound: ["missing_call_id", "broken"], reason: "Two." },
      NO_KINDS,
    ],
    ["an invalid day", { ...BY_HAND, allow_missing_days: ["2026-04-31"], reason: "One." }, NO_DAYS],
    ["a blank reason", { ...BY_HAND, allow_missing_days: DAYS, reason: " \t" }, "reason must not be empty"],
    [
      "a reason that is a book",
      { ...BY_HAND, allow_missing_days: DAYS, reason: "x".repeat(1_001) },
      "reason must have at most 1000 characters",
    ],
  ])("%s", (_, event, problem) => {
    const message = refusalOf(event);
    expect(message).toContain(problem);
    expect(message).toMatch(
      /\. The function takes \{"scheduled_time"\} or \{"period", "as_of", "allow_missing_days"\?, "allow_unsound"\?, "allow_shrunk"\?, "reason"\?\} or \{"bill": "adjustments"\}\.$/,
    );
  });

  test("quotes at most 200 characters of an event, so that its log line stays short", () => {
    const names = (...extra: string[]) =>
      refusalOf({ ...BY_HAND, ...Object.fromEntries(extra.map((name) => [name, 1])) });
    expect(names("x".repeat(200))).toMatch(new RegExp(`^${"x".repeat(200)}: there is no such member\\.`));
    expect(names("x".repeat(201))).toMatch(new RegExp(`^${"x".repeat(199)}…: there is no such member\\.`));
    expect(names("x".repeat(150), "y".repeat(300_000))).toMatch(
      new RegExp(`^${"x".repeat(150)}, ${"y".repeat(47)}…: there is no such member\\.`),
    );
  });

  test("reports everything that is wrong at once", () => {
    const message = refusalOf({ period: "April", as_of: "today", allow_missing_days: [], reason: "" });
    for (const member of ["period must", "as_of must", "allow_missing_days must", "reason must"]) {
      expect(message).toContain(member);
    }
  });
});

describe("a hostile event", () => {
  const hostile = fc.oneof(
    fc.anything(),
    anyText,
    fc.constantFrom(
      BY_HAND.as_of,
      "2026-04",
      "9999-12",
      "0000-01",
      "0000-01-31T00:00:00Z",
      "9999-12-31T23:59:59Z",
      "+275760-09-13T00:00:00Z",
      "-271821-04-20T00:00:00Z",
    ),
  );
  const event = fc.oneof(
    fc.anything(),
    fc.record(
      {
        period: hostile,
        as_of: hostile,
        allow_missing_days: fc.oneof(hostile, fc.array(fc.oneof(hostile, fc.constant("2026-04-19")))),
        reason: hostile,
        extra: hostile,
      },
      { requiredKeys: [] },
    ),
    fc.record({ scheduled_time: hostile, extra: hostile }, { requiredKeys: ["scheduled_time"] }),
    fc.record({ reason: hostile }).map(({ reason }) => ({ ...BY_HAND, allow_missing_days: DAYS, reason })),
  );

  test("is refused, or is valid throughout; nothing else is ever thrown", () => {
    fc.assert(
      fc.property(event, (candidate) => {
        expect(wrongWith(candidate)).toEqual([]);
      }),
      { numRuns: 1_000 },
    );
  });
});

/** Violations in a request that was read; empty if the event was refused. */
function wrongWith(event: unknown): unknown[] {
  let request: SnapshotRequest;
  try {
    request = read(event);
  } catch (error) {
    return error instanceof SnapshotError && error.code === "invalid_event" ? [] : [error];
  }
  const { month, asOf, isScheduled, allowedMissingDays } = request;
  if (!isMonth(month) || !isInstant(asOf)) return ["no month or no instant"];
  const days = daysOf(month);
  const isAllowed = isScheduled ? allowedMissingDays.length === 0 : asOf >= closableFrom(month, GRACE_DAYS);
  return [
    ...(asOf <= toInstant(NOW) ? [] : ["in the future"]),
    ...(isAllowed ? [] : ["too early, or with days that the schedule cannot allow"]),
    ...allowedMissingDays.filter(({ day, reason }) => !days.includes(day) || reason.trim() === ""),
  ];
}
