import { parse } from "csv-parse/sync";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import * as z from "zod";
import { sha256 } from "../../lib/billing/statement.ts";
import { callBill } from "../cli/call.ts";
import { BILLED_LAKE, FIRST_RUN, SECOND_RUN } from "./billed-lake.ts";
import { ANNA, BAKERY, DENTAL, NORTH, SOUTH } from "./fixture.ts";
import { type SnapshotObjects, snapshotObjects } from "./snapshot-objects.ts";
import { stackOver, type TestStack } from "./test-stack.ts";

const BILLS = "/v1/billing/bills";

const totals = z.strictObject({
  usage_lines: z.int(),
  usage_seconds: z.int(),
  usage_minutes: z.number(),
  adjustment_lines: z.int(),
  adjustment_seconds: z.int(),
  adjustment_minutes: z.number(),
  seconds: z.int(),
  minutes: z.number(),
});
const list = z.object({
  data: z.array(z.object({ number: z.int(), kind: z.string(), totals: totals.nullable() })),
  pending: z.array(z.object({ period: z.string(), revision: z.int(), adjustment_seconds: z.int() })),
});
const bill = z.object({
  usage: z.array(
    z.object({
      data: z.array(
        z.object({
          reseller_id: z.string(),
          total_voice_seconds: z.int(),
          agents: z.array(z.object({ voice_seconds: z.int() })),
        }),
      ),
    }),
  ),
  adjustments: z.array(z.looseObject({ reseller_id: z.string(), seconds_delta: z.int() })),
  totals,
  sources: z.array(z.unknown()),
});

let stack: TestStack;
let objects: SnapshotObjects;
beforeAll(async () => {
  stack = await stackOver(BILLED_LAKE);
  objects = snapshotObjects(stack.s3);
});
afterAll(() => stack[Symbol.asyncDispose]());

function ask(path: string, claim: unknown = [NORTH, SOUTH], headers: Record<string, string> = {}) {
  return stack.ask({ path, claim, headers });
}

async function listFor(claim: unknown) {
  return list.parse(JSON.parse((await ask(BILLS, claim)).text));
}

async function billFor(number: number, claim: unknown) {
  return bill.parse(JSON.parse((await ask(`${BILLS}/${number}`, claim)).text));
}

describe("before any month is billed", () => {
  test("the list is empty, and a bill is a 404 that says so", async () => {
    expect((await ask(BILLS)).text).toBe('{"data":[],"pending":[]}');
    const { status, text } = await ask(`${BILLS}/1`);
    expect(status).toBe(404);
    expect(text).toContain("There is no bill yet.");
  });
});

describe("after a month is billed and revised", () => {
  beforeAll(async () => {
    for (const scheduled_time of [FIRST_RUN, SECOND_RUN]) await stack.snapshot({ scheduled_time });
  });

  test("adjustments are pending for the resellers that have some, until a bill names them", async () => {
    expect((await listFor([NORTH])).pending).toEqual([
      { period: "2026-04", revision: 2, adjustment_seconds: -1 },
    ]);
    expect((await listFor([NORTH, SOUTH])).pending).toMatchObject([{ adjustment_seconds: 59 }]);
    await stack.snapshot({ bill: "adjustments" });
    expect((await listFor([NORTH, SOUTH])).pending).toEqual([]);
  });

  test("the bills of a caller add up to the newest revision of the month", async () => {
    for (const claim of [[NORTH], [SOUTH], [NORTH, SOUTH]]) {
      const { data } = await listFor(claim);
      const billed = data.reduce((sum, each) => sum + (each.totals?.seconds ?? Number.NaN), 0);
      const entries = (await objects.manifest("2026-04", 2)).resellers;
      const own = entries.filter(({ reseller_id }) => claim.includes(reseller_id));
      expect(billed).toBe(own.reduce((sum, { seconds }) => sum + seconds, 0));
    }
  });

  test("a bill has only the caller's rows, and totals of these rows", async () => {
    const [first, second] = [await billFor(1, [NORTH]), await billFor(2, [NORTH])];
    const organizations = first.usage.flatMap(({ data }) => data);
    expect(new Set(organizations.map(({ reseller_id }) => reseller_id))).toEqual(new Set([NORTH]));
    const seconds = organizations.reduce((sum, { total_voice_seconds }) => sum + total_voice_seconds, 0);
    const lines = organizations.flatMap(({ agents }) => agents);
    expect(lines.reduce((sum, { voice_seconds }) => sum + voice_seconds, 0)).toBe(seconds);
    expect(first.totals).toMatchObject({ usage_lines: lines.length, usage_seconds: seconds, seconds });
    expect(second).toMatchObject({
      usage: [],
      adjustments: [
        {
          period: "2026-04",
          revision: 2,
          original_bill: 1,
          organization_id: DENTAL,
          organization_name: "Acme Dental",
          agent_id: ANNA,
          seconds_before: 61,
          seconds_after: 60,
          seconds_delta: -1,
          minutes_delta: -0.02,
        },
      ],
      totals: { usage_lines: 0, adjustment_lines: 1, adjustment_seconds: -1, seconds: -1, minutes: -0.02 },
      sources: [{ period: "2026-04", revision: 2, kind: "adjustments" }],
    });
  });

  test("a caller without rows in a bill gets it empty, and learns no source", async () => {
    const nothing = { usage: [], adjustments: [], sources: [], totals: { seconds: 0, usage_lines: 0 } };
    expect(await billFor(2, [BAKERY])).toMatchObject(nothing);
    expect(await billFor(1, [])).toMatchObject(nothing);
    expect(await listFor([])).toEqual({ data: [], pending: [] });
  });

  test("the CSV of all bills is what finance posts: its seconds add up to those of the JSON", async () => {
    for (const number of [1, 2]) {
      const { text, headers } = await ask(`${BILLS}/${number}`, [NORTH, SOUTH], { accept: "text/csv" });
      expect(headers.get("content-disposition")).toBe(`attachment; filename="bill-${number}.csv"`);
      const rows: Record<string, string>[] = parse(text, { columns: true });
      const { totals: all } = await billFor(number, [NORTH, SOUTH]);
      expect(rows).toHaveLength(all.usage_lines + all.adjustment_lines);
      expect(rows.reduce((sum, row) => sum + Number(row["voice_seconds"]), 0)).toBe(all.seconds);
      expect(new Set(rows.map((row) => row["line_kind"]))).toEqual(
        new Set([number === 1 ? "usage" : "adjustment"]),
      );
      expect(new Set(rows.map((row) => row["original_period"]))).toEqual(new Set(["2026-04"]));
    }
    const { text } = await ask(`${BILLS}/2`, [NORTH], { accept: "text/csv" });
    expect(text.split("\r\n")[1]).toMatch(/^2,adjustment,,2026-04,2,.*,-1,-0\.02$/);
  });

  test("voice-minutes bill prints the list, a bill, and the bytes of its CSV and JSON", async () => {
    const claim = [NORTH, SOUTH];
    const environment = {
      MINUTES_URL: stack.url,
      MINUTES_TOKEN: await stack.token({ reseller_ids: claim }),
    };
    const printed = await callBill([], { environment });
    expect([printed.code, printed.stderr]).toEqual([0, ""]);
    expect(printed.stdout).toMatch(/^ +1 {2}month {8}2026-04 /m);
    expect(printed.stdout).toMatch(/^ +2 {2}adjustments {2}- .* 59 +59 +0\.98 /m);
    expect(printed.stdout).toContain("No adjustments wait for a bill");
    const { totals: all } = await billFor(1, claim);
    const table = await callBill(["1"], { environment });
    const seconds = String(all.seconds).replaceAll(/(?<=\d)(?=(?:\d{3})+$)/g, ",");
    expect(table.stdout).toContain(`\nTo invoice: ${seconds} s, `);
    for (const [option, accept] of [
      ["--csv", "text/csv"],
      ["--json", "application/json"],
    ] as const) {
      const { text } = await ask(`${BILLS}/2`, claim, { accept });
      expect((await callBill(["2", option], { environment })).stdout).toBe(text);
    }
    const unknown = await callBill(["7"], { environment });
    expect([unknown.code, unknown.stdout]).toEqual([2, ""]);
    expect(unknown.stderr).toContain("There is no bill 7. The bills are numbered 1 to 2.");
  });

  test("an answer has an etag of the caller's, and is a 304 if it is unchanged", async () => {
    const { headers } = await ask(`${BILLS}/1`, [NORTH]);
    const etag = headers.get("etag") ?? "";
    expect((await ask(`${BILLS}/1`, [NORTH], { "if-none-match": etag })).status).toBe(304);
    expect((await ask(`${BILLS}/1`, [SOUTH], { "if-none-match": etag })).status).toBe(200);
  });

  test.each([
    [`${BILLS}/1?organization_ids=${DENTAL}`, 400],
    [`${BILLS}?page=2`, 400],
    [`${BILLS}/0`, 404],
    [`${BILLS}/3`, 404],
    [`${BILLS}/first`, 404],
  ])("%s is refused with %i", async (path, status) => {
    expect((await ask(path)).status).toBe(status);
  });

  test("only GET and HEAD are answered", async () => {
    const { status, headers } = await stack.ask({ path: BILLS, claim: [NORTH], method: "DELETE" });
    expect([status, headers.get("allow")]).toEqual([405, "GET, HEAD"]);
  });

  test("an entry that refers to another reseller's statement is a 503, and nothing of it is shown", async () => {
    const manifest = await objects.manifest("2026-04", 2);
    const [north, south] = [NORTH, SOUTH].map((id) => {
      const entry = manifest.resellers.find(({ reseller_id }) => reseller_id === id);
      if (entry === undefined) throw new Error("no entry");
      return entry;
    });
    const key = north?.key.replace(/\.[0-9a-f]{16}\.json$/, `.${south?.sha256.slice(0, 16)}.json`) ?? "";
    const bytes = await objects.get(south?.key ?? "");
    expect(sha256(bytes)).toBe(south?.sha256);
    const path = "minutes-by-organization/period=2026-04/revision=0002/manifest.json";
    const intact = await objects.get(path);
    const listed = await listFor([NORTH]);
    await objects.put(key, bytes);
    const forged = manifest.resellers.map((entry) =>
      entry.reseller_id === NORTH ? { ...south, key, reseller_id: NORTH } : entry,
    );
    const sum = forged.reduce((total, { seconds = 0 }) => total + seconds, 0);
    const totalsOf = { ...manifest.totals, seconds: sum };
    await objects.put(path, JSON.stringify({ ...manifest, totals: totalsOf, resellers: forged }));
    const { status, text } = await ask("/v1/billing/snapshots/2026-04", [NORTH]);
    expect([status, JSON.parse(text).type]).toEqual([503, "/problems/snapshot_damaged"]);
    expect(text).not.toContain(SOUTH);
    // The bill that names the revision is not served. The list, which reads no manifest, still shows what was billed.
    expect((await ask(`${BILLS}/2`, [NORTH])).status).toBe(503);
    expect(await listFor([NORTH])).toEqual(listed);
    await objects.put(path, intact);
    expect((await ask(`${BILLS}/2`, [NORTH])).status).toBe(200);
  });
});
