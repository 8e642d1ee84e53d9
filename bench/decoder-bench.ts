import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { parse } from "csv-parse";
import { decodeResultCsv } from "../lib/athena/result-csv.ts";
import { median, spread, table } from "./statistics.ts";
import { usageResult } from "./usage-result.ts";

const ROWS = 150_000;
const ROUNDS = 5;
const PIECE = 65_536;

/** Measures the result CSV's decoder and a maintained library that distinguishes NULL from an empty text. */
export async function benchDecoder(): Promise<string> {
  const { csv, rows } = usageResult(ROWS);
  const own: number[] = [];
  const library: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    own.push(await timed(rows + 1, () => byOwn(csv)));
    library.push(await timed(rows + 1, () => byLibrary(csv)));
  }
  return table(
    ["decoder", "milliseconds", "ratio"],
    [
      ["`lib/athena/result-csv.ts`", spread(own, 0), "1.00"],
      ["csv-parse", spread(library, 0), (median(library) / median(own)).toFixed(2)],
    ],
  );
}

async function timed(expected: number, decode: () => Promise<number>): Promise<number> {
  const startedAt = performance.now();
  const lines = await decode();
  if (lines !== expected) throw new Error(`${lines} of ${expected} lines`);
  return performance.now() - startedAt;
}

async function byOwn(csv: Uint8Array): Promise<number> {
  let lines = 0;
  for await (const some of decodeResultCsv(Readable.from(pieces(csv)))) lines += some.length;
  return lines;
}

async function byLibrary(csv: Uint8Array): Promise<number> {
  let lines = 0;
  const parser = parse({ cast: (value, { quoting }) => (value === "" && !quoting ? null : value) });
  await pipeline(Readable.from(pieces(csv)), parser, async (records) => {
    for await (const _ of records) lines += 1;
  });
  return lines;
}

function* pieces(csv: Uint8Array): Generator<Uint8Array> {
  for (let at = 0; at < csv.length; at += PIECE) yield csv.subarray(at, at + PIECE);
}
