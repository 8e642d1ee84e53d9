import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "csv-parse/sync";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import * as z from "zod";
import { csvLine, csvText } from "../../lib/csv.ts";
import { anyText } from "./arbitraries.ts";

const FORMULA = /^[=+\-@\t\r\n＝＋－＠]/;
/** Those of American and German Excel, of text files, and all that LibreOffice offers. */
const SEPARATORS = [[","], [";"], ["\t"], [",", ";", "\t"]];

/** A line of a report with such a name instead of each text. */
function line(name: string): string {
  const id = "0b9c8a34-3a5e-4c5b-9d8e-1f2a3b4c5d6e";
  return csvLine([
    id,
    csvText(name),
    id,
    csvText(name),
    id,
    csvText(name),
    "1",
    "60",
    "2026-04-01",
    "2026-04-30",
  ]);
}

const cells = z.array(z.array(z.string()));

/**
 * The cells as a spreadsheet reads them: a quote at the start of a cell opens a quoted part, any other quote is a
 * character.
 */
function spreadsheetCells(delimiter: readonly string[], text: string): string[] {
  const delimiters = delimiter.join("");
  const cell = new RegExp(`"((?:[^"]|"")*)(?:"([^${delimiters}\r\n]*)|$)|([^${delimiters}\r\n]*)`, "y");
  const read: string[] = [];
  for (let at = 0; at <= text.length; at = cell.lastIndex + 1) {
    cell.lastIndex = at;
    const [, quoted = "", rest = "", plain = ""] = cell.exec(text) ?? [];
    read.push(quoted.replaceAll('""', '"') + rest + plain);
  }
  return read;
}

/** The cells for a program that does not know quotes, and removes those around a cell. */
function cellsWithoutQuotes(delimiter: readonly string[], text: string): string[] {
  const separator = new RegExp(`[${delimiter.join("")}\r\n]`);
  return text.split(separator).map((cell) => cell.replace(/^"+/, ""));
}

/** Names in which the special characters are close to each other. */
const hostileName = fc.string({
  unit: fc.constantFrom(...Array.from("=+-@＝＋－＠;,\t\r\n\"' a")),
  maxLength: 12,
});
const anyName = fc.oneof(hostileName, anyText);

describe("a name in a CSV file", () => {
  test.each([
    ["Acme Dental", '"Acme Dental"'],
    ["", '""'],
    ['Front "desk"', '"Front ""desk"""'],
    ["=1+1", `"'=1+1"`],
    ["+49 30 1234", `"'+49 30 1234"`],
    ["-Acme-", `"'-Acme-"`],
    ["@SUM(A1)", `"'@SUM(A1)"`],
    ["＝1+1", `"'＝1+1"`],
    ["＋1", `"'＋1"`],
    ["－1", `"'－1"`],
    ["＠A1", `"'＠A1"`],
    ["\t=1", `"'\t'=1"`],
    ["\r=1", `"'\r'=1"`],
    ["Acme;=1+41;x", `"Acme;'=1+41;x"`],
    ["Acme\t-1", `"Acme\t'-1"`],
    ["Acme\n@1", `"Acme\n'@1"`],
    ['Acme;"=1+41"', `"Acme;'""=1+41"""`],
    ["'=1", `"''=1"`],
    ["'quoted'", `"'quoted'"`],
    ["Acme = Inc. - 1+1", '"Acme = Inc. - 1+1"'],
    ["a;b", '"a;b"'],
  ])("%j is written as %s", (name, written) => {
    expect(csvText(name)).toBe(written);
  });

  test.for(SEPARATORS)("begins no cell with a formula in a spreadsheet that separates by %j", (delimiter) => {
    fc.assert(
      fc.property(anyName, (name) => {
        const read = spreadsheetCells(delimiter, line(name));
        expect(read.filter((cell) => FORMULA.test(cell))).toEqual([]);
      }),
      { numRuns: 1_000 },
    );
  });

  test.for([[";"], ["\t"]])(
    "begins no cell with a formula if %j separates and quotes are removed",
    (delimiter) => {
      fc.assert(
        fc.property(anyName, (name) => {
          const read = cellsWithoutQuotes(delimiter, line(name));
          expect(read.filter((cell) => FORMULA.test(cell))).toEqual([]);
        }),
        { numRuns: 1_000 },
      );
    },
  );

  test("is read back by a CSV reader", () => {
    const reads = (name: string) => cells.parse(parse(line(name), { record_delimiter: "\r\n", bom: false }));
    expect(reads("Acme;=1+41;x")[0]?.[1]).toBe("Acme;'=1+41;x");
    fc.assert(
      fc.property(anyName, (name) => {
        expect(reads(name)).toEqual([spreadsheetCells([","], line(name)).slice(0, 10)]);
      }),
    );
  });

  test("is restored by the expression in the guide", () => {
    const guide = readFileSync(join(import.meta.dirname, "../../docs/guide.md"), "utf8");
    const pattern = /re\.sub\(r"""(.+)""", "", text\)/.exec(guide)?.[1] ?? "";
    expect(pattern).not.toBe("");
    fc.assert(
      fc.property(anyName, (name) => {
        const [[read = ""] = []] = cells.parse(
          parse(csvText(name), { record_delimiter: "\r\n\r\n", bom: false }),
        );
        expect(read.replaceAll(new RegExp(pattern, "g"), "")).toBe(name);
      }),
      { numRuns: 1_000 },
    );
  });
});
