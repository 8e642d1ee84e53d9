import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { writeLake } from "../../local/lake/write.ts";
import { lakeOfCalls } from "../lib/billing/lake-of-calls.ts";
import { happened } from "../lib/billing/runs-checks.ts";
import { closesAndBillsOnce } from "../lib/billing/runs-property.ts";
import { type AnswerMonth } from "../lib/billing/runs-world.ts";
import { engineOver } from "../local/test-stack.ts";

const WORLDS = process.env["MODEL_WORLDS"];

let directory: string;
let asked = 0;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "runs-"));
});
afterAll(() => rm(directory, { recursive: true }));

/** The engine's own rows. */
const answerMonth: AnswerMonth = async ({ text, parameters, seen }) => {
  const folder = join(directory, String(asked++));
  await writeLake(folder, lakeOfCalls(seen.records, seen.directory));
  const engine = await engineOver(folder);
  const { rows } = await engine.run(text, parameters, new AbortController().signal);
  await engine.close();
  return rows;
};

test("closes, watches and bills several months exactly once, with the rows of the engine", {
  timeout: WORLDS === undefined ? 300_000 : 3_600_000,
}, async () => {
  await fc.assert(
    closesAndBillsOnce(20, answerMonth),
    WORLDS === undefined ? { numRuns: 3, seed: 49 } : { numRuns: Number(WORLDS) },
  );
  const must = [
    "closed",
    "unchanged",
    "revised",
    "shrunk",
    "in grace",
    "not watched",
    "cut off",
    "two at once",
    "doubled",
    "closed by hand",
    "changed beyond look-back",
    "a quiet day",
    "bill month",
    "bill adjustments",
    "bill opening",
  ];
  expect(must.filter((name) => !happened.has(name))).toEqual([]);
});
