import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { distinct, isUuid, parseUuid } from "../../lib/ids.ts";
import { anyText, anyUuid } from "./arbitraries.ts";
import { uuid } from "./valid.ts";

const ID = "0b9c1d2e-3f40-0fff-ffff-000000000000";

describe("a UUID", () => {
  test("is accepted with any version and variant", () => {
    fc.assert(
      fc.property(anyUuid, (id) => {
        expect(isUuid(id)).toBe(true);
        expect(parseUuid(id)).toBe(id);
      }),
    );
  });

  test("is compared in lower case", () => {
    fc.assert(
      fc.property(anyUuid, (id) => {
        expect(parseUuid(id.toUpperCase())).toBe(id);
      }),
    );
    expect(isUuid(ID.toUpperCase())).toBe(false);
  });

  test.each([
    ["nothing", ""],
    ["a digit too few", ID.slice(1)],
    ["a digit too many", `${ID}0`],
    ["a line end after it", `${ID}\n`],
    ["a blank around it", ` ${ID}`],
    ["no hyphens", ID.replaceAll("-", "")],
    ["hyphens in other places", "0b9c1d2e3-f40-0fff-ffff-000000000000"],
    ["braces", `{${ID}}`],
    ["a URN", `urn:uuid:${ID}`],
    ["a letter beyond f", ID.replace("b", "g")],
    ["full-width digits", ID.replace("9", "９")],
    ["a Cyrillic letter that looks the same", ID.replace("c", "с")],
    ["a zero-width space within", ID.replace("b", "b\u200b")],
    ["another hyphen", ID.replaceAll("-", "\u2010")],
    ["a wildcard", "%"],
  ])("is not accepted from %s", (_, text) => {
    expect(parseUuid(text)).toBeUndefined();
    expect(isUuid(text)).toBe(false);
  });

  test("is only accepted from text that is one already, apart from its case", () => {
    fc.assert(
      fc.property(fc.oneof(anyText, fc.string({ minLength: 36, maxLength: 36 })), (text) => {
        const id = parseUuid(text);
        expect(id === undefined || id === text.toLowerCase()).toBe(true);
      }),
    );
  });
});

describe("distinct ids", () => {
  test("are the same list for the same set, each once and in order", () => {
    const pool = fc.array(anyUuid, { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(
        pool.chain((ids) => fc.tuple(fc.constant(ids), fc.array(fc.constantFrom(...ids)))),
        ([ids, again]) => {
          const list = distinct([...ids, ...again]);
          expect(distinct([...again, ...ids.toReversed()])).toEqual(list);
          expect(new Set(list)).toEqual(new Set(ids));
          expect(list.every((id, index) => index === 0 || (list[index - 1] ?? "") < id)).toBe(true);
        },
      ),
    );
  });

  test("leave the given list unchanged", () => {
    const given = [uuid("2"), uuid("1")];
    distinct(given);
    expect(given).toEqual([uuid("2"), uuid("1")]);
  });
});
