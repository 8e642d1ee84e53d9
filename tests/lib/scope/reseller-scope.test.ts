import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { MAX_RESELLERS } from "../../../lib/scope/grant.ts";
import { narrow, resellersInClaim } from "../../../lib/scope/reseller-scope.ts";
import { usageQuery } from "../../../lib/usage/query.ts";
import { anyUuid } from "../arbitraries.ts";
import { hostileClaim, isEmptyForm, RESELLERS, wholeElements } from "../hostile-claims.ts";
import { valuesFor } from "../usage/placeholders.ts";
import { failureOf, outcomeOf, periodOf, scopeOf, uuids } from "../valid.ts";

const [A = "", B = ""] = uuids(2);
const PERIOD = periodOf("2026-04-01", "2026-04-30");

/** The resellers of a claim: none for an empty one, the code for a refused one. */
function resellers(claim: unknown) {
  return outcomeOf(() => resellersInClaim(claim)?.resellerIds ?? "none");
}

describe("a claim that names no reseller", () => {
  test.each([[undefined], [null], [""], [[]], ["[]"]])(
    "(%j) gives no scope, so that no query runs",
    (claim) => {
      expect(resellersInClaim(claim)).toBeUndefined();
    },
  );
});

describe("a claim that is refused", () => {
  test.each<[unknown, string]>([
    [7, "a number"],
    [{}, "a object"],
    ['["x', "unbalanced JSON"],
    ["x", "an element that is not a UUID"],
    [[7], "an element that is not a UUID"],
    [uuids(MAX_RESELLERS + 1), "more than 1000 resellers"],
  ])("tells the caller what to do and logs the reason, without the claim (%#)", (claim, reason) => {
    const error = failureOf(() => resellersInClaim(claim));
    expect(error.message).toBe(
      "The token's reseller claim is not a list of at most 1,000 reseller UUIDs. Ask the issuer of your token to correct it.",
    );
    expect(error.cause).toEqual(new Error(`reseller claim: ${reason}`));
  });
});

describe("a claim that lists resellers", () => {
  const forms = fc.constantFrom<(ids: readonly string[]) => unknown>(
    (ids) => ids,
    (ids) => `[${ids.join(" ")}]`,
    (ids) => ids.join(","),
    (ids) => ids.join(" "),
    (ids) => JSON.stringify(ids),
    (ids) => JSON.stringify(ids, null, 2).replace(/^\[\s*/, "["),
  );

  test("gives exactly those, in each form in which it may arrive, whatever their case and order", () => {
    fc.assert(
      fc.property(
        fc.array(anyUuid, { minLength: 1, maxLength: 20 }),
        forms,
        fc.boolean(),
        (ids, form, isUpper) => {
          const claim = form([...ids, ...ids.slice(0, 2)].map((id) => (isUpper ? id.toUpperCase() : id)));
          expect(resellers(claim)).toEqual([...new Set(ids)].toSorted());
        },
      ),
    );
  });

  test.each([
    ["a native array", [A, B]],
    ["an array as an HTTP API renders it", `[${A} ${B}]`],
    ["commas", `${A},${B}`],
    ["blanks", `${A} ${B}`],
    ["a JSON array", `["${A}","${B}"]`],
    ["a JSON array with a blank", `["${A}", "${B}"]`],
    ["upper case and repetition", [B, A.toUpperCase(), A]],
  ])("may have the form of %s", (_, claim) => {
    expect(resellers(claim)).toEqual([A, B]);
  });

  test("may be one UUID", () => {
    expect(resellers(A)).toEqual([A]);
    expect(resellers(`[${A}]`)).toEqual([A]);
    expect(resellers(`["${A}"]`)).toEqual([A]);
    expect(resellers([A])).toEqual([A]);
  });

  test("names at most 1,000 different resellers, however often each is repeated", () => {
    const thousand = uuids(MAX_RESELLERS);
    expect(resellers([...thousand, ...thousand])).toEqual(thousand);
    expect(resellers(thousand.join(" "))).toEqual(thousand);
    const more = uuids(MAX_RESELLERS + 1);
    expect(resellers(more)).toBe("malformed_claim");
    expect(resellers(`[${more.join(" ")}]`)).toBe("malformed_claim");
    expect(resellers(JSON.stringify(more))).toBe("malformed_claim");
  });
});

describe("a claim with anything else in it", () => {
  test.each([
    ["an element that is not a UUID", [A, "x"]],
    ["an element of another type", [A, 1]],
    ["null for an element", [A, null]],
    ["an array within", [[A]]],
    ["an object for an element", [{ id: A }]],
    ["an empty element", [A, ""]],
    ["a trailing comma", `${A},`],
    ["a blank and a comma", `${A}, ${B}`],
    ["two blanks", `${A}  ${B}`],
    ["a trailing blank", `${A} `],
    ["commas and blanks for separators", `${A},${B} ${A}`],
    ["a blank after the opening bracket", `[ ${A}]`],
    ["a blank before the closing bracket", `[${A} ]`],
    ["two blanks in brackets", `[${A}  ${B}]`],
    ["commas in brackets", `[${A},${B}]`],
    ["no closing bracket", `[${A} ${B}`],
    ["no opening bracket", `${A}]`],
    ["JSON that was cut short", `["${A}","${B}`],
    ["JSON with something after it", `["${A}"]x`],
    ["JSON of another kind", `{"reseller_ids":["${A}"]}`],
    ["JSON with a number", `["${A}",1]`],
    ["JSON of one empty string", '[""]'],
    ["a JSON array in a JSON array", `[["${A}"]]`],
    ["a JSON string", `"${A}"`],
    ["blank brackets", "[ ]"],
    ["a blank", " "],
    ["a wildcard", "*"],
    ["a wildcard in an array", ["*"]],
    ["a wildcard in brackets", "[*]"],
    ["a percent sign", "%"],
    ["a number", 1],
    ["zero", 0],
    ["true", true],
    ["false", false],
    ["an object", {}],
    ["an object that looks like an array", { 0: A, length: 1 }],
    ["the text null", "null"],
    ["the text undefined", "undefined"],
    ["SQL", `${A}' OR 1=1 --`],
  ])("(%s) is refused as a whole", (_, claim) => {
    expect(resellers(claim)).toBe("malformed_claim");
  });

  test("is refused without repeating any of it, neither to the caller nor in the log", () => {
    for (const claim of [`["${A}`, [A, "s3cret"], `${A} s3cret`, { s3cret: A }]) {
      const error = failureOf(() => resellersInClaim(claim));
      const told = [error.message, error.cause instanceof Error ? error.cause.message : "", error.errors];
      expect(JSON.stringify(told)).not.toContain("s3cret");
      expect(JSON.stringify(told)).not.toContain(A);
    }
  });
});

describe("any claim at all", () => {
  test("is refused, or empty in one of five forms, or gives all its elements and nothing else", () => {
    const seen = { malformed_claim: 0, none: 0, scope: 0 };
    fc.assert(
      fc.property(hostileClaim, (claim) => {
        const found = resellers(claim);
        if (found === "malformed_claim") {
          seen.malformed_claim += 1;
          return;
        }
        if (found === "none") seen.none += 1;
        else seen.scope += 1;
        expect(found === "none").toBe(isEmptyForm(claim));
        expect(found === "none" ? new Set() : new Set(found)).toEqual(wholeElements(claim));
      }),
      { numRuns: 10_000 },
    );
    // Each outcome occurs often.
    expect(Math.min(seen.malformed_claim, seen.none, seen.scope)).toBeGreaterThan(500);
  });

  test("never leads to a query for a reseller that it does not name", () => {
    const filter = fc.option(fc.subarray([...RESELLERS, ...uuids(3)]), { nil: undefined });
    let queries = 0;
    fc.assert(
      fc.property(hostileClaim, filter, fc.boolean(), (claim, requested, hasOrganizations) => {
        const scope = outcomeOf(() => resellersInClaim(claim));
        if (scope === undefined || scope === "malformed_claim") return;
        if (typeof scope === "string") throw new Error(scope);
        const narrowed = narrow(scope, requested);
        const named = [...wholeElements(claim)];
        const expected = named.filter((id) => requested?.some((wanted) => wanted === id) ?? true);
        expect(narrowed?.resellerIds ?? []).toEqual(expected.toSorted());
        if (narrowed === undefined) return;
        const organizationIds = hasOrganizations ? RESELLERS : undefined;
        const query = usageQuery({ scope: narrowed, period: PERIOD, organizationIds });
        expect(valuesFor("reseller_id", query)).toEqual(new Set(expected));
        queries += 1;
      }),
      { numRuns: 10_000 },
    );
    expect(queries).toBeGreaterThan(500);
  });
});

describe("a filter by reseller", () => {
  test("only narrows: the result is in the claim and in the filter", () => {
    const someIds = fc.subarray(uuids(12), { minLength: 1 });
    fc.assert(
      fc.property(someIds, someIds, (claimed, requested) => {
        const both = claimed.filter((id) => requested.includes(id));
        expect(narrow(scopeOf(...claimed), requested)?.resellerIds ?? []).toEqual(both);
      }),
    );
  });

  test("leaves the scope unchanged if omitted", () => {
    expect(narrow(scopeOf(A, B), undefined)?.resellerIds).toEqual([A, B]);
  });

  test("leaves nothing, never everything, for resellers of others", () => {
    expect(narrow(scopeOf(A), [])).toBeUndefined();
    expect(narrow(scopeOf(A), uuids(5).slice(3))).toBeUndefined();
  });
});
