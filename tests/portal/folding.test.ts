import { describe, expect, test } from "vitest";
import { folded, foldings } from "../../portal/folding.ts";

const LETTERS = Array.from({ length: 0x180 - 0xc0 }, (_, index) => String.fromCodePoint(0xc0 + index)).filter(
  (letter) => /\p{L}/u.test(letter),
);

/** Unicode's own collation, at the strength that ignores accents and case. */
const COLLATION = new Intl.Collator("en", { sensitivity: "base" });

describe("folding for the search", () => {
  test.each(LETTERS)("turns the European letter %s into letters of a plain keyboard", (letter) => {
    expect(folded(letter)).toMatch(/^[a-z']+$/);
  });

  test("never contradicts Unicode's collation if that knows plain letters for a letter", () => {
    const plain = [..."abcdefghijklmnopqrstuvwxyz".split(""), "ae", "oe", "ss", "ij"];
    const known = LETTERS.flatMap((letter) => {
      const same = plain.find((text) => COLLATION.compare(letter, text) === 0);
      return same === undefined ? [] : [[letter, same] as const];
    });
    expect(known.length).toBeGreaterThan(150);
    for (const [letter, same] of known) expect([letter, folded(letter)]).toEqual([letter, same]);
  });

  test.each([
    ["Łódź", "lodz"],
    ["Größmann", "grossmann"],
    ["Größmann", "groessmann"],
    ["Århus Kørsel", "arhus korsel"],
    ["Århus Kørsel", "aarhus koersel"],
    ["İstanbul", "istanbul"],
    ["IŞIK", "isik"],
    ["Þór", "thor"],
    ["ﬁnancial Ｔｅｌ", "financial tel"],
    ["O’Brien – North", "o'brien - north"],
    ["Zürich\u0301\u0302", "zurich"],
    ["Ελλάς", "ελλασ"],
  ])("finds %j by %j", (name, typed) => {
    expect(foldings(name)).toContain(folded(typed));
  });
});
