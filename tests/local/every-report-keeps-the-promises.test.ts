/** The guarantees for every report of the table: a new report needs no entry here. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import * as z from "zod";
import { minutesByOrganization } from "../../lib/reports/minutes-by-organization/definition.ts";
import { REPORTS } from "../../lib/reports/table.ts";
import { duckdbEngine } from "../../local/engine/duckdb.ts";
import type { Engine, EngineResult } from "../../local/engine/engine.ts";
import { writeLake } from "../../local/lake/write.ts";
import { queryStringOf, requiredMembers } from "../report-questions.ts";
import { MALFORMED_CLAIMS, NO_RESELLERS_CLAIMS } from "./claims.ts";
import { ANNA, BORIS, CARLA, id, LAKE, NORTH, SOUTH } from "./fixture.ts";
import { type AskOptions, stackOver, startOver, type TestStack } from "./test-stack.ts";

const DAYS = { start_date: "2026-04-01", end_date: "2026-04-30" };

let stack: TestStack;
let rolling: TestStack;
beforeAll(async () => {
  stack = await stackOver(LAKE);
  rolling = await stackOver(LAKE, {}, { rollsUp: true });
  await rolling.rollUp();
});
afterAll(async () => {
  await stack[Symbol.asyncDispose]();
  await rolling[Symbol.asyncDispose]();
});

/** Damages of results in transit; each must be noticed. */
const DAMAGE: Readonly<Record<string, (result: EngineResult) => EngineResult>> = {
  "has lost its last row": (result) => ({ ...result, rows: result.rows.slice(0, -1) }),
  "has lost its first row": (result) => ({ ...result, rows: result.rows.slice(1) }),
  "has only its header": (result) => ({ ...result, rows: [] }),
  "has a row twice": (result) => ({ ...result, rows: [...result.rows.slice(0, 1), ...result.rows] }),
  "goes on after its total": (result) => ({ ...result, rows: [...result.rows, ...result.rows.slice(0, 1)] }),
  "lacks a column": (result) => ({
    ...result,
    columns: result.columns.slice(1),
    rows: result.rows.map((row) => row.slice(1)),
  }),
  "has its columns in another order": (result) => ({
    ...result,
    columns: result.columns.toReversed(),
    rows: result.rows.map((row) => row.toReversed()),
  }),
  "has figures that are not numbers": (result) => {
    const at = result.columns.findIndex(({ name }) => name === "seconds");
    return { ...result, rows: result.rows.map((row) => row.with(at, "some")) };
  },
};

const scanned = z.object({ RolledDays: z.number(), BytesScanned: z.number() });

describe.each(REPORTS)("$name", (report) => {
  const members = requiredMembers(report, DAYS, [ANNA, BORIS, CARLA]);
  const query = queryStringOf(members);
  const ask = (options: AskOptions, of = stack) =>
    of.ask({ path: report.path, query, claim: [NORTH], ...options });

  test("shows a reseller's figures only to its own tokens", async () => {
    const [north, south, both] = await Promise.all(
      [[NORTH], [SOUTH], [NORTH, SOUTH]].map((claim) => ask({ claim })),
    );
    expect([north?.status, south?.status, both?.status]).toEqual([200, 200, 200]);
    expect(north?.text).not.toContain("Southern Cross");
    expect(south?.text).not.toContain("Northwind Voice");
    expect(new Set([north?.text, south?.text, both?.text]).size).toBe(3);
  });

  test("answers another's reseller, to the byte, like one that does not exist", async () => {
    const [foreign, unknown] = await Promise.all(
      [SOUTH, id("ff")].map((reseller) => ask({ query: `${query}&reseller_ids=${reseller}` })),
    );
    expect(foreign?.status).toBe(200);
    expect(unknown?.text).toBe(foreign?.text);
  });

  test.each(MALFORMED_CLAIMS)("refuses a claim that is %s", async (_, claim) => {
    const { status, text } = await ask({ claim });
    expect(status).toBe(403);
    expect(JSON.parse(text)).toMatchObject({ type: "/problems/malformed_claim" });
  });

  test.each(NO_RESELLERS_CLAIMS)("starts no query for a claim that is %s", async (_, claim) => {
    const before = stack.log().match(/query_execution_id/g)?.length;
    const { status, text } = await ask({ claim });
    expect(status).toBe(200);
    expect(JSON.parse(text)).toMatchObject({ period: DAYS });
    expect(stack.log().match(/query_execution_id/g)?.length).toBe(before);
  });

  test("gives the same bytes for a POST as for the equivalent GET, as JSON and as CSV", async () => {
    for (const accept of ["application/json", "text/csv"]) {
      const headers = { accept, "content-type": "application/json" };
      const [got, posted] = await Promise.all([
        ask({ headers: { accept } }),
        ask({ method: "POST", query: "", body: JSON.stringify(members), headers }),
      ]);
      expect([got.status, got.headers.get("content-type")?.split(";")[0]]).toEqual([200, accept]);
      expect(posted.text).toBe(got.text);
    }
  });

  test("names its CSV file, and has the headers of every answer", async () => {
    const { headers } = await ask({ headers: { accept: "text/csv" } });
    expect(headers.get("content-disposition")).toBe(
      `attachment; filename="${report.name}_${DAYS.start_date}_${DAYS.end_date}.csv"`,
    );
    expect(headers.get("cache-control")).toBe("private, no-store");
    expect(headers.get("x-request-id")).not.toBeNull();
  });

  test("lists everything that is wrong with a request at once", async () => {
    const { status, text } = await ask({ query: "?start_date=2026-02-30&organisation_ids=x" });
    expect(status).toBe(400);
    const parameters = JSON.parse(text).errors.map(({ parameter }: { parameter: string }) => parameter);
    expect(parameters).toEqual(expect.arrayContaining(["start_date", "end_date", "organisation_ids"]));
  });

  test("answers 405 with allow, and 406", async () => {
    const [deleted, xml] = await Promise.all([
      ask({ method: "DELETE" }),
      ask({ headers: { accept: "application/xml" } }),
    ]);
    expect([deleted.status, xml.status]).toEqual([405, 406]);
    expect(deleted.headers.get("allow")).toContain("POST");
  });

  test("gives the same figures from the rollup as from calls", async () => {
    const claim = [NORTH, SOUTH];
    for (const accept of ["application/json", "text/csv"]) {
      const [fromCalls, fromRollup] = await Promise.all([
        ask({ claim, headers: { accept } }),
        ask({ claim, headers: { accept } }, rolling),
      ]);
      expect(fromRollup.text).toBe(fromCalls.text);
    }
  });

  describe("over a damaged result", () => {
    let damage: (result: EngineResult) => EngineResult = (result) => result;
    let damaged: TestStack;
    let directory: string;
    let inner: Engine;
    beforeAll(async () => {
      directory = await mkdtemp(join(tmpdir(), "damaged-"));
      await writeLake(join(directory, "lake"), LAKE);
      inner = await duckdbEngine(join(directory, "lake"));
      const engine: Engine = {
        ...inner,
        run: async (...call) => damage(await inner.run(...call)),
      };
      damaged = await startOver(engine, join(directory, "objects"), {
        environment: { FRESHNESS_SECONDS: "0" },
      });
    });
    afterAll(async () => {
      await damaged[Symbol.asyncDispose]();
      await inner.close();
      await rm(directory, { recursive: true });
    });

    test.each(Object.entries(DAMAGE))("is a 500 if it %s, never a smaller report", async (_, change) => {
      damage = change;
      const { status, text } = await ask({}, damaged);
      expect(status).toBe(500);
      expect(JSON.parse(text)).toMatchObject({ type: "/problems/internal_error" });
    });
  });

  test("writes one line of log without a token, a claim or a name", async () => {
    await ask({ claim: [NORTH, SOUTH] });
    for (const secret of [NORTH, SOUTH, "Northwind", "Southern Cross", "Anna"]) {
      expect(stack.log()).not.toContain(secret);
    }
    expect(stack.log()).toContain(`"Report":"${report.name}"`);
  });
});

test("no report reads more of the rollup than the minutes by organization", async () => {
  const days = { start_date: "2026-04-10", end_date: "2026-04-20" };
  const read: number[] = [];
  for (const report of [minutesByOrganization, ...REPORTS.filter((each) => each !== minutesByOrganization)]) {
    const query = queryStringOf(requiredMembers(report, days, [ANNA, BORIS, CARLA]));
    await rolling.ask({ path: report.path, query, claim: [NORTH] });
    const { RolledDays, BytesScanned } = scanned.parse(
      JSON.parse(rolling.log().trimEnd().split("\n").at(-1) ?? ""),
    );
    expect(RolledDays).toBe(11);
    read.push(BytesScanned);
  }
  expect(read).toHaveLength(REPORTS.length);
  expect(Math.max(...read)).toBe(read[0]);
});
