/** Filters on a closed month, and its adjustments alone. */
import { parse } from "csv-parse/sync";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { expectedMonth, expectedMonthCsv, expectedMonthTotals } from "../month-oracle.ts";
import { ADJUSTMENTS, BILLED_LAKE, FIRST_RUN, SECOND_RUN } from "./billed-lake.ts";
import { BAKERY, DENTAL, id, NORTH, SOLD, SOUTH } from "./fixture.ts";
import { snapshotObjects } from "./snapshot-objects.ts";
import { type Answer, type AskOptions, stackOver, type TestStack } from "./test-stack.ts";

const APRIL = "/v1/billing/snapshots/2026-04";
const ROWS = `${APRIL}/adjustments`;
const REVISIONS = [FIRST_RUN, SECOND_RUN];
const UNKNOWN = id("fe");
const DAYS = { start_date: "2026-04-01", end_date: "2026-04-30" };

let stack: TestStack;
beforeAll(async () => {
  stack = await stackOver(BILLED_LAKE);
  for (const scheduled_time of REVISIONS) await stack.snapshot({ scheduled_time });
});
afterAll(() => stack[Symbol.asyncDispose]());

function ask(path: string, query = "", request: AskOptions = {}): Promise<Answer> {
  return stack.ask({ path, query, claim: [NORTH, SOUTH], ...request });
}

interface Filters {
  readonly organization_ids?: readonly string[];
  readonly reseller_ids?: readonly string[];
}

/** The adjustments of a revision that the filters keep. */
function kept(revision: number, { organization_ids, reseller_ids }: Filters) {
  return ADJUSTMENTS.filter(
    (each) =>
      revision > 1 &&
      (organization_ids?.includes(each.organization_id) ?? true) &&
      (reseller_ids?.includes(each.reseller_id) ?? true),
  );
}

/** What North and South together see of a revision within the filters. */
function expectedText(revision: number, filters: Filters): string {
  const as_of = REVISIONS[revision - 1] ?? "";
  const month = expectedMonth(BILLED_LAKE, { resellers: [NORTH, SOUTH], ...DAYS, ...filters, as_of });
  const adjustments = kept(revision, filters);
  const totals = expectedMonthTotals(month, adjustments);
  return JSON.stringify({ ...month, revision, as_of, adjustments, totals });
}

function queryOf(filters: Filters): string {
  return Object.entries(filters)
    .map(([name, ids]) => `&${name}=${ids.join(",")}`)
    .join("");
}

const FILTERS: readonly Filters[] = [
  { organization_ids: [DENTAL] },
  { organization_ids: [BAKERY, SOLD] },
  { reseller_ids: [NORTH] },
  { reseller_ids: [SOUTH, UNKNOWN] },
  { organization_ids: [DENTAL, BAKERY], reseller_ids: [SOUTH] },
  { organization_ids: [BAKERY], reseller_ids: [NORTH] },
  { reseller_ids: [UNKNOWN] },
];

describe("filters on a closed month", () => {
  test.each(FILTERS)("%j narrow rows, adjustments and totals as in the oracle", async (filters) => {
    for (const revision of [1, 2]) {
      const { status, text } = await ask(APRIL, `?revision=${revision}${queryOf(filters)}`);
      expect([status, text]).toEqual([200, expectedText(revision, filters)]);
    }
  });

  test("narrow the CSV in the same way", async () => {
    const query = `?organization_ids=${DENTAL}&reseller_ids=${NORTH}`;
    const { text } = await ask(APRIL, query, { headers: { accept: "text/csv" } });
    const lines = text.trimEnd().split("\r\n");
    const filters = { organization_ids: [DENTAL], reseller_ids: [NORTH] };
    const question = { resellers: [NORTH, SOUTH], ...DAYS, ...filters, as_of: SECOND_RUN };
    const expected = expectedMonthCsv(BILLED_LAKE, question).trimEnd().split("\r\n");
    expect(lines.map((line) => line.split(",").slice(0, -2).join(","))).toEqual(expected);
  });

  test("are read in every form that a report's GET accepts, and each form gives the same answer", async () => {
    const forms = [
      `organization_ids=${BAKERY},${DENTAL}`,
      `organization_ids=${DENTAL}&organization_ids=${BAKERY}`,
      `organization_ids[]=${DENTAL}&organization_ids%5B%5D=${BAKERY}`,
      `organization_ids[]=${DENTAL.toUpperCase()}&organization_ids=${BAKERY},${DENTAL}`,
    ];
    for (const path of [APRIL, ROWS]) {
      const answers = await Promise.all(forms.map((form) => ask(path, `?${form}`)));
      expect(new Set(answers.map(({ status, text }) => `${status} ${text}`)).size).toBe(1);
      expect(new Set(answers.map(({ headers }) => headers.get("etag"))).size).toBe(1);
    }
  });

  test("only narrow: an id of another reseller is answered like one that does not exist", async () => {
    for (const path of [APRIL, ROWS]) {
      for (const accept of ["application/json", "text/csv"]) {
        for (const [name, foreign] of [
          ["reseller_ids", SOUTH],
          ["organization_ids", BAKERY],
        ] as const) {
          const [other, unknown] = await Promise.all(
            [foreign, UNKNOWN].map((each) =>
              ask(path, `?${name}=${each}`, { claim: [NORTH], headers: { accept } }),
            ),
          );
          expect([other?.status, other?.text]).toEqual([200, unknown?.text]);
          expect(other?.text).not.toContain(foreign);
        }
      }
    }
  });

  test.each([
    ["?organization_ids=", "organization_ids: empty"],
    ["?reseller_ids=x", "reseller_ids: invalid_uuid"],
    [`?organization_ids[0]=${DENTAL}`, "organization_ids[0]: unsupported_form"],
    [`?agent_ids=${DENTAL}`, "agent_ids: unknown_parameter"],
    ["?start_date=2026-04-01", "start_date: unknown_parameter"],
  ])("%s is refused", async (query, expected) => {
    for (const path of [APRIL, ROWS]) {
      const { status, text } = await ask(path, query);
      const { errors }: { errors: { parameter: string; code: string }[] } = JSON.parse(text);
      expect([status, errors.map(({ parameter, code }) => `${parameter}: ${code}`)]).toEqual([
        400,
        [expected],
      ]);
    }
  });

  test("are part of the entity tag: two filters never share one, not even if both give an empty answer", async () => {
    const empty = [{ organization_ids: [UNKNOWN] }, { organization_ids: [id("fd")] }];
    const queries = ["", ...[...FILTERS, ...empty].map((filters) => `?${queryOf(filters).slice(1)}`)];
    for (const path of [APRIL, ROWS]) {
      const answers = await Promise.all(queries.map((query) => ask(path, query)));
      const tags = answers.map(({ headers }) => headers.get("etag") ?? "");
      expect(new Set(tags).size).toBe(queries.length);
      for (const [index, query] of queries.entries()) {
        const headers = { "if-none-match": tags[index] ?? "" };
        const others = { "if-none-match": tags.filter((_, other) => other !== index).join(", ") };
        expect((await ask(path, query, { headers })).status).toBe(304);
        expect((await ask(path, query, { headers: others })).status).toBe(200);
      }
    }
  });
});

describe("the adjustments of a closed month", () => {
  test("are those of the newest revision, with names, as JSON", async () => {
    const { status, text, headers } = await ask(ROWS);
    expect(status).toBe(200);
    expect(headers.get("cache-control")).toBe("private, no-cache");
    const [dental, bakery] = ADJUSTMENTS;
    expect(JSON.parse(text)).toEqual({
      data: [
        {
          ...dental,
          organization_name: "Acme Dental",
          reseller_name: "Northwind Voice",
          agent_name: "Anna",
          minutes_delta: -0.02,
        },
        {
          ...bakery,
          organization_name: "Bakery",
          reseller_name: "Southern Cross",
          agent_name: "Unassigned",
          minutes_delta: 1,
        },
      ],
      period: DAYS,
      revision: 2,
      as_of: SECOND_RUN,
      totals: { adjustment_lines: 2, adjustment_seconds: 59, adjustment_minutes: 0.98 },
    });
  });

  test("are in the CSV line for line", async () => {
    const { text, headers } = await ask(ROWS, "?revision=2", { headers: { accept: "text/csv" } });
    expect(headers.get("content-disposition")).toBe(
      'attachment; filename="adjustments_2026-04_revision-2.csv"',
    );
    const { data, revision, as_of }: { data: object[]; revision: number; as_of: string } = JSON.parse(
      (await ask(ROWS)).text,
    );
    const rows: Record<string, string>[] = parse(text, { columns: true });
    expect(rows).toEqual(
      data.map((row) =>
        Object.fromEntries(
          Object.entries({ ...row, ...DAYS, revision, as_of }).map(([name, cell]) => [name, String(cell)]),
        ),
      ),
    );
  });

  test("are empty in revision 1, and a 404 for a missing revision or month", async () => {
    const { text } = await ask(ROWS, "?revision=1");
    expect(JSON.parse(text)).toMatchObject({ data: [], revision: 1, totals: { adjustment_seconds: 0 } });
    const csv = await ask(ROWS, "?revision=1", { headers: { accept: "text/csv" } });
    expect(csv.text.split("\r\n")).toHaveLength(2);
    expect((await ask(ROWS, "?revision=3")).status).toBe(404);
    expect((await ask("/v1/billing/snapshots/2026-05/adjustments")).text).toContain(
      "/problems/month_not_closed",
    );
    expect((await ask("/v1/billing/snapshots/april/adjustments")).status).toBe(404);
  });

  test("are refused without a token, in another format, and with another method", async () => {
    expect((await fetch(`${stack.url}${ROWS}`)).status).toBe(401);
    expect((await ask(ROWS, "", { headers: { accept: "text/html" } })).status).toBe(406);
    const { status, headers } = await ask(ROWS, "", { method: "POST" });
    expect([status, headers.get("allow")]).toEqual([405, "GET, HEAD"]);
  });

  test.each([`?organization_ids=${SOLD}`, `?reseller_ids=${NORTH}&organization_ids=${SOLD}`])(
    "and the month are a 503 if a row that %s leaves out is damaged",
    async (query) => {
      const objects = snapshotObjects(stack.s3);
      const { resellers } = await objects.manifest("2026-04", 2);
      const key = resellers.find(({ reseller_id }) => reseller_id === NORTH)?.key ?? "";
      const intact = await objects.get(key);
      await objects.put(key, intact.toString().replace("Anna", "Hanna"));
      const damaged = await Promise.all([APRIL, ROWS].map((path) => ask(path, query)));
      const others = await Promise.all([APRIL, ROWS].map((path) => ask(path, `?reseller_ids=${SOUTH}`)));
      await objects.put(key, intact);
      expect(damaged.map(({ status }) => status)).toEqual([503, 503]);
      expect(others.map(({ status }) => status)).toEqual([200, 200]);
    },
  );
});
