import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { distinct } from "../../../lib/ids.ts";
import { readQueryString } from "../../../lib/request/query-string.ts";
import type { RequestLimits } from "../../../lib/request/report-request.ts";
import { anyText, anyUuid } from "../arbitraries.ts";
import { day, failureOf, outcomeOf } from "../valid.ts";
import { NAMES, type ValidRequest, validated } from "./validated.ts";

const LIMITS: RequestLimits = { earliestDate: day("2020-01-01"), maxRangeDays: 366 };
const DATES = "start_date=2026-04-01&end_date=2026-04-30";
const [A, B] = ["0b9c1d2e-0000-4000-8000-00000000000a", "51f2aa00-0000-4000-8000-00000000000b"];

function read(raw: string): ValidRequest {
  const { stated, errors } = readQueryString(raw, NAMES);
  return validated(stated, LIMITS, errors);
}

function codesOf(raw: string): [string, string][] {
  return failureOf(() => read(raw)).errors.map(({ parameter, code }) => [parameter, code]);
}

/** Each way to write a part of a list. */
const FORMS: readonly ((name: string, ids: readonly string[]) => string[])[] = [
  (name, ids) => [`${name}=${ids.join(",")}`],
  (name, ids) => [`${name}=${ids.join("%2C")}`],
  (name, ids) => ids.map((id) => `${name}=${id}`),
  (name, ids) => ids.map((id) => `${name}[]=${id}`),
  (name, ids) => ids.map((id) => `${name}%5B%5D=${id}`),
  (name, ids) => ids.map((id) => `${name}%5b]=${id.toUpperCase()}`),
  (name, ids) => [`${name}[]=${ids.join(",")}`],
  (name, ids) => [`${encodeURIComponent(name).replace("_", "%5F")}=${ids.join(",")}`],
];

/** A list's ids and the pairs of a query string that express it, in one form or in several. */
function writtenList(name: string): fc.Arbitrary<{ ids: string[]; pairs: string[] }> {
  const part = fc.tuple(fc.constantFrom(...FORMS), fc.array(anyUuid, { minLength: 1, maxLength: 4 }));
  return fc.array(part, { maxLength: 4 }).map((parts) => ({
    ids: distinct(parts.flatMap(([, ids]) => ids)),
    pairs: parts.flatMap(([form, ids]) => form(name, ids)),
  }));
}

const writtenQuery = fc
  .tuple(writtenList("organization_ids"), writtenList("reseller_ids"))
  .chain(([organizations, resellers]) => {
    const pairs = [...DATES.split("&"), ...organizations.pairs, ...resellers.pairs];
    return fc.record({
      organizations: fc.constant(organizations.ids),
      resellers: fc.constant(resellers.ids),
      raw: fc.shuffledSubarray(pairs, { minLength: pairs.length }).map((shuffled) => shuffled.join("&")),
    });
  });

describe("a list in a query string", () => {
  test("is the union of every form in which its parts are written, in any order", () => {
    fc.assert(
      fc.property(writtenQuery, ({ raw, organizations, resellers }) => {
        const { organizationIds, resellerIds } = read(raw);
        expect(organizationIds ?? []).toEqual(organizations);
        expect(resellerIds ?? []).toEqual(resellers);
      }),
    );
  });

  test.each([
    ["organization_ids=one,two"],
    ["organization_ids[]=one&organization_ids[]=two"],
    ["organization_ids%5B%5D=one&organization_ids%5B%5D=two"],
    ["organization_ids=one&organization_ids=two"],
    ["organization_ids=one&organization_ids[]=two"],
    ["organization_ids[]=one,two"],
    ["organization_ids=two,one,two,one"],
  ])("may be written %s", (form) => {
    const raw = form.replaceAll("one", A).replaceAll("two", B);
    expect(read(`${DATES}&${raw}`).organizationIds).toEqual([A, B]);
  });

  test("of a single element may be written with brackets", () => {
    expect(read(`${DATES}&reseller_ids[]=${A}`).resellerIds).toEqual([A]);
  });

  test.each([
    "organization_ids[0]=A&organization_ids[1]=B",
    "organization_ids[a]=A",
    "organization_ids[][]=A",
    "organization_ids[=A",
    "organization_ids[ ]=A",
  ])("written as %s is refused, with the accepted forms named", (form) => {
    const { errors } = failureOf(() => read(`${DATES}&${form.replaceAll("A", A)}`));
    expect(errors).not.toHaveLength(0);
    for (const { parameter, code, message } of errors) {
      expect(parameter).toMatch(/^organization_ids\[/);
      expect(code).toBe("unsupported_form");
      expect(message).toContain("organization_ids=a,b");
      expect(message).toContain("organization_ids[]=a&organization_ids[]=b");
    }
  });

  test.each(["organization_ids=", "organization_ids", "organization_ids[]=", "organization_ids%5B%5D"])(
    "that is present but empty (%s) is refused, because it must not mean all",
    (form) => {
      expect(codesOf(`${DATES}&${form}`)).toEqual([["organization_ids", "empty"]]);
    },
  );

  test.each([
    "A,",
    ",A",
    "A,,B",
    "A, B",
    "A,+B",
    "A%20",
    "A;B",
    "A|B",
    "A B",
    "&reseller_ids=A&reseller_ids=",
  ])("with a blank, a stray comma or another separator (%s) is refused", (form) => {
    const raw = `reseller_ids=${form.replaceAll("A", A).replaceAll("B", B)}`;
    expect(codesOf(`${DATES}&${raw}`)).toEqual([["reseller_ids", "invalid_uuid"]]);
  });
});

describe("a query string", () => {
  test("that gives a date twice is refused, even if both are the same", () => {
    expect(codesOf(`${DATES}&start_date=2026-04-01`)).toEqual([["start_date", "repeated"]]);
    expect(codesOf(`${DATES}&end_date=2026-05-01`)).toEqual([["end_date", "repeated"]]);
  });

  test.each([
    "organisation_ids",
    "organization_id",
    "Organization_ids",
    "organization_ids ",
    "organization_ids]",
    "organization_ids\u0000",
    "organizatiоn_ids",
    "reseller",
    "start_date[]",
    "limit",
    "toString",
    "constructor",
    "__proto__",
    "hasOwnProperty",
    "",
  ])("with an unknown parameter %j is refused, so that a typo does not return everything", (name) => {
    const raw = `${DATES}&${encodeURIComponent(name)}=${A}`;
    expect(codesOf(raw)).toEqual([[name, "unknown_parameter"]]);
  });

  test("of junk is refused as an invalid request, or keeps every filter that it names", () => {
    const piece = fc.oneof(
      fc.constantFrom("start_date", "end_date", "organization_ids", "reseller_ids", "organization_ids[]"),
      fc.constantFrom("=", "&", "[]", "[", "]", "%5B%5D", "%", "+", ",", ";", "#", "?", "2026-04-01", A, B),
      fc.constantFrom("%00", "%FF", "%ED%A0%80", "%zz", "__proto__", "\ud800"),
      anyText,
    );
    const junk = fc.array(piece, { maxLength: 12 }).map((pieces) => pieces.join(""));
    fc.assert(
      fc.property(junk, fc.boolean(), (text, isDated) => {
        const raw = isDated ? `${DATES}&${text}` : text;
        expect(["invalid_request", keptFilters(raw)]).toContainEqual(outcomeOf(() => namedFilters(raw)));
      }),
      { numRuns: 3_000 },
    );
  });

  test("with one character lost, doubled, swapped or replaced never loses a filter", () => {
    const mutation = fc.record({
      place: fc.nat(),
      kind: fc.constantFrom("lose", "double", "swap", "slip in", "replace"),
      character: fc.oneof(
        fc.constantFrom(...Array.from("&=,;[]%+ #?_0aZ")),
        fc.string({ minLength: 1, maxLength: 1 }),
      ),
    });
    const raw = `${DATES}&organization_ids=${A},${B}&reseller_ids[]=${A}&reseller_ids[]=${B}`;
    fc.assert(
      fc.property(mutation, ({ place, kind, character }) => {
        const outcome = outcomeOf(() => namedFilters(mutated(raw, place % raw.length, kind, character)));
        expect(["invalid_request", ["organization_ids", "reseller_ids"]]).toContainEqual(outcome);
      }),
      { numRuns: 3_000 },
    );
  });
});

/** The filters of the request that is read from it. */
function namedFilters(raw: string): string[] {
  const { organizationIds, resellerIds } = read(raw);
  return [
    ...(organizationIds === undefined ? [] : ["organization_ids"]),
    ...(resellerIds === undefined ? [] : ["reseller_ids"]),
  ];
}

/** The filters that a query string names, in any form. */
function keptFilters(raw: string): string[] {
  const names = raw.split("&").map((pair) => decoded(pair.split("=", 1)[0] ?? ""));
  return ["organization_ids", "reseller_ids"].filter((filter) => names.some((name) => name.includes(filter)));
}

function decoded(text: string): string {
  return text.replaceAll(/%5b/gi, "[").replaceAll(/%5d/gi, "]").replaceAll("%5F", "_");
}

function mutated(raw: string, at: number, kind: string, character: string): string {
  const [before, here, after] = [raw.slice(0, at), raw.slice(at, at + 1), raw.slice(at + 1)];
  if (kind === "lose") return before + after;
  if (kind === "double") return before + here + here + after;
  if (kind === "swap") return before + after.slice(0, 1) + here + after.slice(1);
  return kind === "replace" ? before + character + after : before + character + here + after;
}
