import { describe, expect, test } from "vitest";
import { billNotFound, readBillRequest } from "../../../lib/billing/bills/bill-request.ts";
import { failureOf } from "../valid.ts";

describe("the path of the bills", () => {
  test("is the list, or has a bill's number", () => {
    expect(readBillRequest(undefined, "")).toBeUndefined();
    expect(readBillRequest("7", "")).toBe(7);
    expect(readBillRequest("999999", "")).toBe(999_999);
  });

  test.each(["", "0", "07", "-1", "1.5", "1000000", "7x", "x7", " 7"])(
    "with %j is a 404 that says what to give",
    (segment) => {
      const { code, message } = failureOf(() => readBillRequest(segment, ""));
      expect([code, message]).toEqual([
        "not_found",
        "Give the bill's number as a whole number: /v1/billing/bills/7.",
      ]);
    },
  );

  test.each([undefined, "7"])("refuses each parameter once, for the list and for a bill (%s)", (segment) => {
    const message =
      "Bills take no parameters. A bill is always whole, because a part of it must not be posted.";
    const { code, errors } = failureOf(() => readBillRequest(segment, `b=1&a=2&b=3&${"x".repeat(300)}=1`));
    expect(code).toBe("invalid_request");
    expect(errors).toEqual([
      { parameter: "b", code: "unknown_parameter", message },
      { parameter: "a", code: "unknown_parameter", message },
      { parameter: "x".repeat(200), code: "unknown_parameter", message },
    ]);
  });
});

describe("a bill that does not exist", () => {
  test("is a 404 that says which there are", () => {
    const none = billNotFound(1, 0);
    expect([none.code, none.message]).toEqual(["not_found", "There is no bill 1. There is no bill yet."]);
    expect(billNotFound(2, 1).message).toBe("There is no bill 2. The only bill is bill 1.");
    expect(billNotFound(9, 3).message).toBe("There is no bill 9. The bills are numbered 1 to 3.");
  });
});
