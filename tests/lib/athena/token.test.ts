import { isDeepStrictEqual } from "node:util";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { clientRequestToken, freshnessWindow, secondsLeft } from "../../../lib/athena/token.ts";

/** Few texts, so that equal inputs are drawn often, with some that resemble the separators between fields. */
const text = fc.constantFrom("", "a", "b", "a,b", '"', '","', "\\", '\\"', "[", "null", "'a','b'", "a\0b");
const input = fc
  .record({
    QueryString: text,
    ExecutionParameters: fc.array(text, { maxLength: 3 }),
    Catalog: text,
    Database: text,
    WorkGroup: text,
    OutputLocation: fc.option(text, { nil: undefined }),
  })
  .map(({ QueryString, ExecutionParameters, Catalog, Database, WorkGroup, OutputLocation }) => ({
    QueryString,
    ExecutionParameters,
    QueryExecutionContext: { Catalog, Database },
    WorkGroup,
    ...(OutputLocation === undefined ? {} : { ResultConfiguration: { OutputLocation } }),
  }));
const start = fc.tuple(input, fc.integer({ min: 29_000_000, max: 29_000_002 }), fc.nat(1));

describe("the token of a start", () => {
  test("is equal only for equal text, parameters, catalog, database, workgroup, output, window and attempt", () => {
    fc.assert(
      fc.property(start, start, (a, b) => {
        expect(clientRequestToken(...a) === clientRequestToken(...b)).toBe(isDeepStrictEqual(a, b));
      }),
      { numRuns: 2_000 },
    );
  });

  test("differs if any part of the input differs, because it would return another tenant's rows", () => {
    const other = fc.constantFrom(
      "QueryString",
      "ExecutionParameters",
      "Catalog",
      "Database",
      "WorkGroup",
      "Output",
    );
    fc.assert(
      fc.property(start, other, text, ([given, window, attempt], what, more) => {
        const changed = {
          ...given,
          ...(what === "QueryString" && { QueryString: `${given.QueryString} ${more}` }),
          ...(what === "ExecutionParameters" && {
            ExecutionParameters: [...given.ExecutionParameters, more],
          }),
          ...(what === "WorkGroup" && { WorkGroup: `${given.WorkGroup} ${more}` }),
          ...(what === "Output" && { ResultConfiguration: { OutputLocation: `other ${more}` } }),
          QueryExecutionContext: {
            Catalog: given.QueryExecutionContext.Catalog + (what === "Catalog" ? " " : ""),
            Database: given.QueryExecutionContext.Database + (what === "Database" ? " " : ""),
          },
        };
        const token = clientRequestToken(given, window, attempt);
        expect(clientRequestToken(changed, window, attempt)).not.toBe(token);
        expect(clientRequestToken(given, window + 1, attempt)).not.toBe(token);
        expect(clientRequestToken(given, window, attempt + 1)).not.toBe(token);
        expect(clientRequestToken(structuredClone(given), window, attempt)).toBe(token);
      }),
    );
  });

  test("does not split or join parameters: two differ from one with a comma", () => {
    const [one, two] = [["a,b"], ["a", "b"]].map((ExecutionParameters) =>
      clientRequestToken({ QueryString: "", ExecutionParameters }, 0, 0),
    );
    expect(one).not.toBe(two);
  });

  test("has a length and characters that Athena accepts", () => {
    fc.assert(
      fc.property(start, (given) => {
        expect(clientRequestToken(...given)).toMatch(/^[0-9a-f]{32,128}$/);
      }),
    );
  });
});

describe("the freshness window", () => {
  test("is the same for every instant within it, and another one a window later", () => {
    fc.assert(
      fc.property(fc.nat(30_000_000), fc.integer({ min: 1, max: 3_600 }), fc.nat(), (number, seconds, at) => {
        const length = seconds * 1_000;
        const instant = number * length + (at % length);
        expect(freshnessWindow(instant, seconds)).toBe(number);
        expect(freshnessWindow(instant + length, seconds)).toBe(number + 1);
      }),
    );
  });

  test("ends after the seconds that are left of it, and not before", () => {
    fc.assert(
      fc.property(
        fc.nat(1_800_000_000),
        fc.nat(999),
        fc.integer({ min: 1, max: 3_600 }),
        (second, ms, seconds) => {
          const now = second * 1_000 + ms;
          const left = secondsLeft(now, seconds);
          const window = freshnessWindow(now, seconds);
          expect(left).toBeGreaterThanOrEqual(1);
          expect(freshnessWindow(now + left * 1_000, seconds)).toBe(window + 1);
          expect(freshnessWindow(now + (left - 1) * 1_000, seconds)).toBe(window);
        },
      ),
    );
    expect(secondsLeft(1_700_000_000_000, 0)).toBe(0);
  });

  test("is different for every request if it has 0 seconds", () => {
    const windows = Array.from({ length: 100 }, () => freshnessWindow(1_700_000_000_000, 0));
    expect(new Set(windows).size).toBe(100);
    expect(windows.every((window) => Number.isSafeInteger(window))).toBe(true);
  });
});
