import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { acceptsGzip, negotiateFormat } from "../../../lib/http/negotiation.ts";
import { anyText } from "../arbitraries.ts";
import { failureOf, outcomeOf } from "../valid.ts";

describe("the format of an answer", () => {
  test.each([
    ["nothing", undefined],
    ["an empty header", ""],
    ["anything", "*/*"],
    ["any application type", "application/*"],
    ["JSON", "application/json"],
    ["JSON in a charset", "application/json; charset=utf-8"],
    ["JSON, in capitals", "Application/JSON"],
    ["JSON rather than CSV", "text/csv;q=0.5, application/json"],
    ["what a browser accepts", "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"],
    ["anything but CSV", "text/csv;q=0, */*"],
  ])("is JSON for a caller that accepts %s", (_, accept) => {
    expect(negotiateFormat(accept)).toBe("application/json");
  });

  test.each([
    ["CSV", "text/csv"],
    ["CSV with a header", "text/csv;header=present;charset=utf-8"],
    ["any text", "text/*"],
    ["CSV rather than JSON", "application/json;q=0.9, text/csv"],
    ["CSV, and anything less gladly", "text/csv, */*;q=0.1"],
    ["anything but JSON", "application/json;q=0, */*"],
  ])("is CSV for a caller that accepts %s", (_, accept) => {
    expect(negotiateFormat(accept)).toBe("text/csv");
  });

  test.each(["application/xml", "text/html", "image/*", "*/*;q=0", "application/json;q=0", "nonsense"])(
    "is refused for a caller that accepts %s: 406, which names both",
    (accept) => {
      const error = failureOf(() => negotiateFormat(accept));
      expect(error.code).toBe("not_acceptable");
      expect(error.message).toContain("application/json");
      expect(error.message).toContain("text/csv");
    },
  );

  test("is one of the two or a 406, for any header", () => {
    const header = fc.oneof(
      anyText,
      fc.array(fc.constantFrom("*/*", "text/csv", ";q=", "0", ",", ";", "=")).map((parts) => parts.join("")),
    );
    fc.assert(
      fc.property(header, (accept) => {
        expect(["application/json", "text/csv", "not_acceptable"]).toContain(
          outcomeOf(() => negotiateFormat(accept)),
        );
      }),
    );
  });
});

describe("gzip", () => {
  test.each(["gzip", "GZIP", "br, gzip", "gzip;q=0.1, identity", "*", "deflate, *;q=0.5"])(
    "is taken by %s",
    (header) => {
      expect(acceptsGzip(header)).toBe(true);
    },
  );

  test.each([undefined, "", "identity", "br", "deflate", "gzip;q=0", "*;q=0", "gzip;q=0, *", "gzipped"])(
    "is not taken by %s",
    (header) => {
      expect(acceptsGzip(header)).toBe(false);
    },
  );
});
