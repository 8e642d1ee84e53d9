import { parse } from "csv-parse/sync";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Cells, decodeResultCsv } from "../../../lib/athena/result-csv.ts";
import { anyText } from "../arbitraries.ts";
import { collect } from "../valid.ts";
import { encodeResultCsv, inPieces } from "./encode.ts";

type Lines = readonly (readonly (string | null)[])[];

const anyCell = fc.option(
  fc.oneof(
    anyText,
    fc.constantFrom(
      "",
      '"',
      '""',
      ",",
      "\n",
      "\r\n",
      '",',
      ',"',
      '\n"',
      '"\n',
      "😀",
      "\ufeff",
      "\0",
      "null",
      "\\N",
    ),
  ),
);
const anyTable: fc.Arbitrary<Lines> = fc
  .integer({ min: 1, max: 5 })
  .chain((columns) =>
    fc.array(fc.array(anyCell, { minLength: columns, maxLength: columns }), { maxLength: 6 }),
  );
/** Few pieces, many, or one for each byte. */
const anyEnds = fc.oneof(
  fc.array(fc.nat(200), { maxLength: 8 }),
  fc.constant(Array.from({ length: 1_000 }, (_, at) => at)),
);

async function decoded(bytes: Uint8Array | string, ends: Iterable<number> = []): Promise<Cells[]> {
  return (await collect(decodeResultCsv(inPieces(Buffer.from(bytes), ends)))).flat();
}

describe("the result CSV", () => {
  test("is decoded to what was written, for any cells and any cuts into pieces", async () => {
    await fc.assert(
      fc.asyncProperty(anyTable, anyEnds, async (lines, ends) => {
        expect(await decoded(encodeResultCsv(lines), ends)).toEqual(lines);
      }),
      { numRuns: 500 },
    );
  });

  test("is decoded as a maintained library does", async () => {
    await fc.assert(
      fc.asyncProperty(anyTable, anyEnds, async (lines, ends) => {
        const text = encodeResultCsv(lines);
        const theirs: unknown = parse(text, {
          record_delimiter: "\n",
          cast: (value, { quoting }) => (value === "" && !quoting ? null : value),
        });
        expect(await decoded(text, ends)).toEqual(theirs);
      }),
      { numRuns: 500 },
    );
  });

  test("distinguishes NULL from an empty text", async () => {
    expect(await decoded('"a",,""\n')).toEqual([["a", null, ""]]);
    expect(await decoded(",\n\n")).toEqual([[null, null], [null]]);
  });

  test("keeps line ends, quotes and byte order marks inside a value", async () => {
    expect(await decoded('"a\n""b"",\r\n","\ufeffc"\n')).toEqual([['a\n"b",\r\n', "\ufeffc"]]);
  });

  test("keeps a byte order mark, so that text that Athena did not write is refused", async () => {
    expect(await decoded('\ufeff"a"\n')).toEqual([['\ufeff"a"']]);
  });

  test("yields each line as soon as its bytes have arrived", async () => {
    const seen: string[] = [];
    async function* pieces() {
      for (const piece of ['"a"\n"', 'b"', '\n"c"\n']) {
        seen.push("piece");
        yield Buffer.from(piece);
      }
    }
    for await (const lines of decodeResultCsv(pieces())) {
      for (const [cell] of lines) seen.push(`line ${cell}`);
    }
    expect(seen).toEqual(["piece", "line a", "piece", "piece", "line b", "line c"]);
  });

  test("has no lines without bytes", async () => {
    expect(await decoded("")).toEqual([]);
    expect(await decoded("", [0, 0, 0])).toEqual([]);
  });

  test("may contain a value longer than many pieces", async () => {
    const long = 'x"'.repeat(200_000);
    const bytes = encodeResultCsv([[long, "y"]]);
    const ends = Array.from({ length: bytes.length / 20_000 }, (_, index) => index * 20_000);
    expect(await decoded(bytes, ends)).toEqual([[long, "y"]]);
  });
});

describe("a result CSV that ends early", () => {
  test("is an error at any position inside a value", async () => {
    await fc.assert(
      fc.asyncProperty(anyTable, anyEnds, fc.nat(), async (lines, ends, at) => {
        const text = encodeResultCsv(lines);
        const bytes = Buffer.from(text);
        const cut = bytes.subarray(0, bytes.length === 0 ? 0 : at % bytes.length);
        // An odd number of quotes: the last one has opened a value.
        fc.pre(cut.reduce((quotes, byte) => quotes + Number(byte === 0x22), 0) % 2 === 1);
        await expect(decoded(cut, ends)).rejects.toThrow(Error);
      }),
      { numRuns: 200 },
    );
  });

  test("yields the complete lines at a line end; the object's length reveals the loss", async () => {
    await fc.assert(
      fc.asyncProperty(anyTable, fc.nat(6), async (lines, count) => {
        expect(await decoded(encodeResultCsv(lines.slice(0, count)))).toEqual(lines.slice(0, count));
      }),
    );
  });
});

describe("text that is not a result CSV", () => {
  test.each([
    ["something after a quoted value", '"a"b\n'],
    ["a carriage return after a quoted value", '"a"\r\n'],
    ["a blank after a quoted value", '"a" ,"b"\n'],
    ["a quote that is not closed", '"a\n'],
  ])("(%s) is an error", async (_, text) => {
    await expect(decoded(text)).rejects.toThrow(SyntaxError);
  });

  test.each([
    ["a byte that UTF-8 has not", [0x22, 0xff, 0x22, 0x0a]],
    ["half a character", [0x22, 0xe2, 0x82, 0x22, 0x0a]],
    ["a character cut off at the end", [0x22, 0x61, 0x22, 0x0a, 0xe2, 0x82]],
    ["a surrogate", [0x22, 0xed, 0xa0, 0x80, 0x22, 0x0a]],
  ])("(%s) is an error, never a replaced character", async (_, bytes) => {
    await expect(decoded(Uint8Array.from(bytes), [1, 2, 3])).rejects.toThrow(TypeError);
  });
});
