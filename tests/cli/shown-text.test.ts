import { stripVTControlCharacters } from "node:util";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { cutTo, heldInLine, shown, shownLines, widthOf } from "../../cli/report/shown-text.ts";
import { anyText } from "../lib/arbitraries.ts";

/** Characters that a terminal must not get: controls, and those that change the line's direction. */
const DANGEROUS = /[\p{Cc}\p{Bidi_Control}\p{Cs}\u2028\u2029]/u;

describe("a name on a terminal", () => {
  test.each([
    ["an escape sequence", "\u001b[31mRed\u001b[0m", "\uFFFD[31mRed\uFFFD[0m"],
    ["one of a single character", "\u009b31mRed", "\uFFFD31mRed"],
    ["a title that it would set", "\u001b]0;owned\u0007", "\uFFFD]0;owned\uFFFD"],
    ["a carriage return that would overwrite", "1000\r1", "1000 1"],
    ["ends of lines and tabs", "a\r\n\tb\u2028c", "a b c"],
    ["a turn of the direction", "a\u202Eb\u2066c", "a\uFFFDb\uFFFDc"],
    ["half a character", "a\uD800b", "a\uFFFDb"],
    ["the joiners that emoji and scripts need", "👩‍🚀 क्‍ष", "👩‍🚀 क्‍ष"],
  ])("replaces control characters: %s", (_, name, expected) => {
    expect(shown(name)).toBe(expected);
  });

  test("contains nothing that a terminal obeys, for any input", () => {
    fc.assert(
      fc.property(anyText, (text) => {
        expect(shown(text)).not.toMatch(DANGEROUS);
        expect(stripVTControlCharacters(shown(text))).toBe(shown(text));
        expect(shownLines(text).replaceAll(/\r?\n/g, "")).not.toMatch(DANGEROUS);
      }),
    );
  });

  test("keeps the lines of a text of several lines, and no single carriage return", () => {
    expect(shownLines("a\r\nb\nc\rd\u001b")).toBe("a\r\nb\nc\uFFFDd\uFFFD");
  });
});

describe("the width of a text", () => {
  test.each([
    ["", 0],
    ["Acme Dental", 11],
    ["Größe", 5],
    ["Gro\u0308ße", 5],
    ["北星商事", 8],
    ["ﾊﾝｶｸ", 4],
    ["한글", 4],
    ["\u1112\u1161\u11ab\u1100\u1173\u11af", 4],
    ["ＡＢ", 4],
    ["☎️", 2],
    ["📞 Sales", 8],
    ["👩‍👩‍👧‍👦", 2],
    ["🇩🇪", 2],
    ["👍🏽", 2],
    ["שלום", 4],
    ["สวัสดี", 4],
    ["Z\u0351\u0327a\u0360\u0489lgo", 5],
    ["…", 1],
  ])("of %j is %i", (text, width) => {
    expect(widthOf(text)).toBe(width);
  });

  test("is at most the requested one after cutting, and the cut is visible", () => {
    fc.assert(
      fc.property(anyText, fc.integer({ min: 1, max: 20 }), (text, width) => {
        const name = shown(text);
        fc.pre(widthOf(name) > width);
        const cut = cutTo(width, name);
        expect(widthOf(cut)).toBeLessThanOrEqual(width);
        expect(cut.endsWith("…")).toBe(true);
        expect(name.startsWith(cut.slice(0, -1))).toBe(true);
      }),
    );
  });

  test("never cuts inside a character", () => {
    expect(cutTo(4, "北星商事")).toBe("北…");
    expect(cutTo(3, "a👩‍👩‍👧‍👦bc")).toBe("a…");
    expect(cutTo(3, "o\u0308o\u0308o\u0308o\u0308")).toBe("o\u0308o\u0308…");
  });
});

test("keeps the figures after a right-to-left name in their place", () => {
  expect(heldInLine("שלום")).toBe("\u200Eשלום\u200E");
  expect(widthOf(heldInLine("שלום"))).toBe(4);
  expect(heldInLine("Acme")).toBe("Acme");
});
