import { DuckDBInstance } from "@duckdb/node-api";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { and, isOneOf, sql, stringLiteral } from "../../lib/sql.ts";
import { anyText } from "./arbitraries.ts";

const HOSTILE = [
  "",
  "'",
  "''",
  "'''",
  "\\",
  "\\'",
  "' OR 1=1 --",
  "'; DROP TABLE call_usage; --",
  "a\nb\r\n\tc",
  "%_*?",
  "$1 :name ${x} {{y}}",
  '"quoted"',
  "/* comment */ -- comment",
  "U&'\\0041'",
  "E'\\n'",
  "’‘＇ʼ",
  "2026-04-01",
];

describe("a string literal", () => {
  test("is read by DuckDB as exactly the string, for any content", async () => {
    // A NUL ends DuckDB's SQL text.
    const samples = fc.sample(
      anyText.filter((text) => !text.includes("\0")),
      1_000,
    );
    const values = [...HOSTILE, ...samples];
    const instance = await DuckDBInstance.create(":memory:");
    const connection = await instance.connect();
    // As bytes: the client drops a byte order mark at the beginning of a text.
    const rows = values.map((value) => `(hex(${stringLiteral(value)}))`);
    const reader = await connection.runAndReadAll(`VALUES ${rows.join(", ")}`);
    expect(reader.getRows().flat()).toEqual(
      values.map((value) => Buffer.from(value).toString("hex").toUpperCase()),
    );
    connection.closeSync();
    instance.closeSync();
  });

  test("contains no quote that could end it", () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const literal = stringLiteral(text);
        expect(literal).toMatch(/^'(?:[^']|'')*'$/);
        expect(literal.slice(1, -1).split("''")).toEqual(text.split("'"));
      }),
    );
  });
});

describe("a condition on a list", () => {
  test("has one ? for each value, and text that only their number decides", () => {
    fc.assert(
      fc.property(fc.array(anyText, { minLength: 1, maxLength: 40 }), (values) => {
        const { text, parameters } = isOneOf("reseller_id", values);
        expect(parameters).toEqual(values.map(stringLiteral));
        expect(text).toBe(
          isOneOf(
            "reseller_id",
            Array.from(values, () => "other"),
          ).text,
        );
        expect(text.split("?").length - 1).toBe(values.length);
      }),
    );
  });

  test("is refused without values, because it would mean nothing or everything", () => {
    expect(() => isOneOf("reseller_id", [])).toThrow(RangeError);
  });
});

describe("SQL put together of fragments", () => {
  const fragment = fc.array(anyText, { minLength: 1, maxLength: 3 }).map((values) => isOneOf("x", values));

  test("keeps every parameter beside its ?, in the order of the text", () => {
    fc.assert(
      fc.property(fragment, fragment, fragment, (a, b, c) => {
        const { text, parameters } = sql`SELECT 1 WHERE ${a} AND (${and(b, c)} OR ${a})`;
        expect(parameters).toEqual([a, b, c, a].flatMap((part) => part.parameters));
        expect(text).toBe(`SELECT 1 WHERE ${a.text} AND (${b.text} AND ${c.text} OR ${a.text})`);
      }),
    );
  });

  test("may have no gaps", () => {
    expect(sql`SELECT 1`).toEqual({ text: "SELECT 1", parameters: [] });
  });
});
