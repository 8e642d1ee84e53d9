import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  monthNotClosed,
  readSnapshotRequest,
  revisionNotFound,
} from "../../../lib/billing/snapshot-request.ts";
import { PROBLEMS } from "../../../lib/errors.ts";
import { anyText } from "../arbitraries.ts";
import { day, failureOf, outcomeOf } from "../valid.ts";
import { month } from "./valid.ts";

/** What is wrong with a request, by parameter. */
function errorsOf(period: string | undefined, query: string): string[] {
  const { code, errors } = failureOf(() => readSnapshotRequest(period, query));
  expect(code).toBe("invalid_request");
  for (const { message } of errors) expect(message).toMatch(/\.$/);
  return errors.map((error) => `${error.parameter}: ${error.code}`);
}

describe("the address of a snapshot", () => {
  test("is the list, a month, or a month's revision", () => {
    expect(readSnapshotRequest(undefined, "")).toEqual({ month: undefined, revision: undefined });
    expect(readSnapshotRequest("2026-04", "")).toEqual({ month: "2026-04", revision: undefined });
    expect(readSnapshotRequest("2026-04", "revision=1")).toEqual({ month: "2026-04", revision: 1 });
    expect(readSnapshotRequest("2026-04", "revision=9999").revision).toBe(9_999);
    expect(readSnapshotRequest("2026-04", "%72evision=2").revision).toBe(2);
  });

  test.each([
    "",
    "2026",
    "2026-4",
    "2026-13",
    "2026-04-01",
    "latest",
    "2026-04 ",
    "../2026-04",
    "２０２６-04",
  ])("is refused for %j, with the valid form", (period) => {
    const { code, message } = failureOf(() => readSnapshotRequest(period, "revision=x"));
    expect([code, message]).toEqual([
      "not_found",
      "Give the month as YYYY-MM: /v1/billing/snapshots/2026-04.",
    ]);
  });

  test.each([
    ["page=2", ["page: unknown_parameter"]],
    ["Revision=1", ["Revision: unknown_parameter"]],
    ["revision[]=1", ["revision[]: unknown_parameter"]],
    ["__proto__=1", ["__proto__: unknown_parameter"]],
    ["=", [": unknown_parameter"]],
    ["revision=1&revision=1", ["revision: repeated"]],
    ["revision=1&%72evision=2", ["revision: repeated"]],
    ["revision=x&revision=1", ["revision: repeated"]],
    ["revision=", ["revision: invalid_revision"]],
    ["revision", ["revision: invalid_revision"]],
    ["revision=0", ["revision: invalid_revision"]],
    ["revision=01", ["revision: invalid_revision"]],
    ["revision=-1", ["revision: invalid_revision"]],
    ["revision=1.0", ["revision: invalid_revision"]],
    ["revision=1e3", ["revision: invalid_revision"]],
    ["revision=10000", ["revision: invalid_revision"]],
    ["revision=%201", ["revision: invalid_revision"]],
    ["revision=1%0A", ["revision: invalid_revision"]],
    ["revision=latest", ["revision: invalid_revision"]],
    [
      "revision=x&page=1&page=2&a",
      ["revision: invalid_revision", "page: unknown_parameter", "a: unknown_parameter"],
    ],
  ])("with %j is refused with all its problems", (query, errors) => {
    expect(errorsOf("2026-04", query)).toEqual(errors);
  });

  test("of the list takes no parameter, not even a revision", () => {
    expect(errorsOf(undefined, "revision=1&limit=5")).toEqual([
      "revision: unknown_parameter",
      "limit: unknown_parameter",
    ]);
    const { errors } = failureOf(() => readSnapshotRequest(undefined, "revision=1"));
    expect(errors[0]?.message).toBe("There is no such parameter. This address takes none.");
  });

  test("repeats no more than 200 characters of a name", () => {
    expect(errorsOf("2026-04", `${"x".repeat(5_000)}=1`)).toEqual([`${"x".repeat(200)}: unknown_parameter`]);
  });

  test("is read or refused, for any content", () => {
    fc.assert(
      fc.property(fc.option(anyText, { nil: undefined }), anyText, (period, query) => {
        const outcome = outcomeOf(() => readSnapshotRequest(period, query));
        expect(typeof outcome === "string" ? PROBLEMS[outcome].status : 200).toBeLessThan(500);
      }),
    );
  });
});

const LIVE = "The live report shows it so far: /v1/reports/minutes-by-organization?start_date=";

function notClosed(period: string, now: string, earliestDate = "2026-04-10"): string {
  const surroundings = { graceDays: 3, earliestDate: day(earliestDate), now: Date.parse(now) };
  const { code, message } = monthNotClosed(month(period), surroundings);
  expect(code).toBe("month_not_closed");
  return message;
}

describe("a month that is not closed", () => {
  test("says when it will be, and where it can be seen until then", () => {
    expect(notClosed("2026-10", "2026-11-03T23:59:59.999Z")).toBe(
      `2026-10 is closed on 2026-11-04T00:00:00Z at the earliest. ${LIVE}2026-10-01&end_date=2026-10-31.`,
    );
  });

  test("says since when it is due, after that instant", () => {
    expect(notClosed("2026-10", "2026-11-04T00:00:00.000Z")).toBe(
      `2026-10 is not closed yet. It has been due since 2026-11-04T00:00:00Z. ${LIVE}2026-10-01&end_date=2026-10-31.`,
    );
  });

  test("names no day before the data begins, which the report would refuse", () => {
    expect(notClosed("2026-04", "2026-05-01T00:00:00Z")).toContain(`${LIVE}2026-04-10&end_date=2026-04-30.`);
    expect(notClosed("2026-03", "2026-05-01T00:00:00Z")).toBe(
      "2026-03 is before the data begins, on 2026-04-10.",
    );
    expect(notClosed("2026-04", "2026-05-01T00:00:00Z", "2026-04-30")).toContain(
      "start_date=2026-04-30&end_date=2026-04-30.",
    );
    expect(notClosed("2026-04", "2026-05-01T00:00:00Z", "2026-05-01")).toContain("before the data begins");
  });

  test.each(["9999-12", "9999-11", "0000-01", "2400-02"])(
    "has an answer even if it is far away: %s",
    (period) => {
      expect(notClosed(period, "2026-11-23T00:00:00Z")).toContain(period);
    },
  );
});

test("a missing revision of a month is answered with those that exist", () => {
  const messageOf = (newest: number) => revisionNotFound(month("2026-04"), newest).message;
  expect(messageOf(1)).toBe("2026-04 has only revision 1. Omit revision for the newest.");
  expect(messageOf(3)).toBe("2026-04 has revisions 1 to 3. Omit revision for the newest.");
  expect(revisionNotFound(month("2026-04"), 1).code).toBe("not_found");
});
