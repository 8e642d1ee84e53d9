import { type DuckDBConnection, DuckDBInstance } from "@duckdb/node-api";
import * as fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { askedDays, createStandIn } from "../../local/engine/asked-days.ts";
import { day } from "../lib/valid.ts";

let instance: DuckDBInstance;
let connection: DuckDBConnection;
beforeAll(async () => {
  instance = await DuckDBInstance.create(":memory:");
  connection = await instance.connect();
  await createStandIn(connection);
});
afterAll(() => {
  connection.closeSync();
  instance.closeSync();
});

const DAYS = ["2026-03-31", "2026-04-01", "2026-04-02", "2026-04-10", "2026-04-30", "2026-05-01"].map(day);

/** A condition on days, as SQL. */
const aboutDays: fc.Arbitrary<string> = fc.oneof(
  fc
    .tuple(fc.constantFrom("=", "<>", "<", "<=", ">", ">="), fc.constantFrom(...DAYS, "2026-04", "x"))
    .map(([operator, value]) => `dt ${operator} '${value}'`),
  fc.subarray(DAYS, { minLength: 1 }).map((days) => `dt IN (${days.map((each) => `'${each}'`).join(", ")})`),
  fc
    .tuple(fc.constantFrom(...DAYS), fc.constantFrom(...DAYS))
    .map(([a, b]) => `dt BETWEEN '${a}' AND '${b}'`),
  fc.constantFrom("left(dt, 7) = '2026-04'", "dt LIKE '2026-04-%'", "dt IS NOT NULL", "TRUE", "FALSE"),
);

/** A condition on other columns that is true for some record of any day. */
const aboutOthers = fc.constantFrom(
  "reseller_id IN ('a', 'b')",
  "agent_id = ' AND dt=''2026-04-01'' AND '",
  "organization_id = 'optional: dt=''2026-04-01'''",
  "call_id IN (SELECT call_id FROM call_usage WHERE dt = '2026-04-10')",
  "duration_seconds > 5",
  "recorded_at < TIMESTAMP '2026-05-04 06:00:00'",
  "agent_id IS NULL",
);

const { condition } = fc.letrec<{ condition: string }>((tie) => ({
  condition: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    aboutDays,
    fc.tuple(tie("condition"), tie("condition")).map(([a, b]) => `(${a} AND ${b})`),
    fc.tuple(tie("condition"), tie("condition")).map(([a, b]) => `(${a} OR ${b})`),
    tie("condition").map((a) => `NOT (${a})`),
  ),
}));

async function daysWhere(where: string): Promise<string[]> {
  const list = DAYS.map((each) => `('${each}')`).join(", ");
  const found = await connection.runAndReadAll(
    `SELECT dt FROM (VALUES ${list}) AS days (dt) WHERE ${where} ORDER BY dt`,
  );
  return found.getRows().map(([each]) => String(each));
}

describe("the days that a statement asks for", () => {
  test("are never fewer than its conditions on days allow, whatever other conditions it has", async () => {
    await fc.assert(
      fc.asyncProperty(condition, fc.option(aboutOthers), async (days, others) => {
        const where = others === null ? days : `${days} AND ${others}`;
        const asked = await askedDays(connection, `SELECT count(*) FROM call_usage WHERE ${where}`, DAYS);
        expect(asked).toEqual(expect.arrayContaining(await daysWhere(days)));
      }),
      { numRuns: 300 },
    );
  });

  test.each([
    ["dt >= '2026-04-01' AND dt <= '2026-04-30'", ["2026-04-01", "2026-04-02", "2026-04-10", "2026-04-30"]],
    [
      "dt >= '2026-04-01' AND dt <= '2026-04-30' AND (dt < '2026-04-02' OR dt > '2026-04-10')",
      ["2026-04-01", "2026-04-30"],
    ],
    ["dt = '2026-04-10' AND reseller_id IN ('a', 'b')", ["2026-04-10"]],
    ["dt IN ('2026-03-31', '2026-05-01')", ["2026-03-31", "2026-05-01"]],
    ["dt > '2026-05-01'", []],
    ["reseller_id = 'a'", [...DAYS]],
  ])("with %s are %j", async (where, expected) => {
    expect(await askedDays(connection, `SELECT count(*) FROM call_usage WHERE ${where}`, DAYS)).toEqual(
      expected,
    );
  });

  test("are those of all its scans together", async () => {
    const statement = `SELECT count(*) FROM call_usage WHERE dt = '2026-04-01' AND call_id IN
      (SELECT call_id FROM call_usage WHERE dt = '2026-05-01')`;
    expect(await askedDays(connection, statement, DAYS)).toEqual(["2026-04-01", "2026-05-01"]);
    const everywhere = "SELECT (SELECT count(*) FROM call_usage) FROM call_usage WHERE dt = '2026-04-01'";
    expect(await askedDays(connection, everywhere, DAYS)).toEqual(DAYS);
  });

  test("include those of a statement that writes", async () => {
    await connection.run("CREATE TABLE usage_daily (dt varchar, calls bigint)");
    const merge = `MERGE INTO usage_daily AS r USING (
        SELECT dt, count(*) AS calls FROM call_usage WHERE dt >= '2026-04-01' AND dt <= '2026-04-02' GROUP BY dt
      ) AS c ON r.dt = c.dt
      WHEN MATCHED THEN UPDATE SET calls = c.calls WHEN NOT MATCHED THEN INSERT VALUES (c.dt, c.calls)`;
    expect(await askedDays(connection, merge, DAYS)).toEqual(["2026-04-01", "2026-04-02"]);
  });
});
