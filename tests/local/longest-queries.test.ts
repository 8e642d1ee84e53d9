import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { REPORTS } from "../../lib/reports/table.ts";
import { isList, namesOf } from "../../lib/request/report-request.ts";
import type { Engine } from "../../local/engine/engine.ts";
import { writeLake } from "../../local/lake/write.ts";
import { day, scopeOf, uuids } from "../lib/valid.ts";
import { LAKE } from "./fixture.ts";
import { engineOver } from "./test-stack.ts";

const DAYS = { start_date: "2026-04-01", end_date: "2026-04-30" };
const LIMITS = { earliestDate: day("2020-01-01"), maxRangeDays: 366 };

let directory: string;
let engine: Engine;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "longest-"));
  await writeLake(join(directory, "lake"), LAKE);
  engine = await engineOver(join(directory, "lake"));
});
afterAll(async () => {
  await engine.close();
  await rm(directory, { recursive: true });
});

test.each(REPORTS)("$name runs with 1,000 ids in every list and 1,000 resellers", async (report) => {
  const lists = namesOf(report.parameters).filter(isList);
  const members = { ...DAYS, ...Object.fromEntries(lists.map((name) => [name, uuids(1_000)])) };
  const { text, parameters, parseRow } = report.request(members, LIMITS).query(scopeOf(...uuids(1_000)));
  const { rows } = await engine.run(text, parameters, new AbortController().signal);
  // None of these ids is in the lake: the total is the only row.
  expect(rows.map(parseRow)).toMatchObject([{}]);
});
