// Only the Trino grammar: the package's root loads every dialect.
import { TrinoSQL } from "dt-sql-parser/dist/parser/trino/index.js";
import { describe, expect, test } from "vitest";
import { isInstant, isMonth } from "../lib/billing/month.ts";
import { monthQuery } from "../lib/billing/query.ts";
import { clearDay, mergeDays, recordedDays } from "../lib/rollup/statements.ts";
import { allResellers } from "../lib/scope/all-resellers.ts";
import { usageQuery } from "../lib/usage/query.ts";
import { day, periodOf, scopeOf, uuids } from "./lib/valid.ts";

/** Athena's limits: bytes of a QueryString, characters of an execution parameter. */
const MAX_QUERY_BYTES = 262_144;
const MAX_PARAMETER_LENGTH = 1_024;

const PERIOD = periodOf("2026-04-01", "2026-04-30");
/** How many resellers and organizations; undefined for no such filter. */
const COUNTS: readonly (readonly [number, number | undefined])[] = [
  [1, undefined],
  [1, 1],
  [2, undefined],
  [3, 50],
  [170, undefined],
  [1_000, 1_000],
];

/** The query for this many ids; another seed gives other ids. */
function queryFor(resellers: number, organizations: number | undefined, seed = 0) {
  const ids = (count: number) => uuids(count + seed).slice(seed);
  return usageQuery({
    scope: scopeOf(...ids(resellers)),
    period: PERIOD,
    organizationIds: organizations === undefined ? undefined : ids(organizations),
  });
}

/** The words that begin a clause. What follows one, up to the next of the same depth, belongs to it. */
const CLAUSES = new Set(
  "WITH SELECT FROM JOIN ON WHERE GROUP HAVING WINDOW PARTITION ORDER UNION LIMIT".split(" "),
);

/** For every `?` of the text, the clause that contains it, a subquery's own before the outer one. */
function clausesOfPlaceholders(text: string): (string | undefined)[] {
  const clauses: (string | undefined)[] = [];
  const open: (string | undefined)[] = [undefined];
  for (const { text: token, channel } of new TrinoSQL().getAllTokens(text)) {
    if (channel !== 0) continue;
    const word = token?.toUpperCase() ?? "";
    if (word === "(") open.push(open.at(-1));
    else if (word === ")") open.pop();
    else if (word === "?") clauses.push(open.at(-1));
    else if (CLAUSES.has(word)) open.splice(-1, 1, word);
  }
  return clauses;
}

describe.each(COUNTS)("the usage query for %s resellers and %s organizations", (resellers, organizations) => {
  const { text, parameters } = queryFor(resellers, organizations);

  test("is a valid statement of Trino's grammar", () => {
    expect(new TrinoSQL().validate(text)).toEqual([]);
  });

  test("has its placeholders only in WHERE, where Athena accepts them, and one parameter for each", () => {
    expect(clausesOfPlaceholders(text)).toEqual(Array.from(parameters, () => "WHERE"));
  });

  test("has the same text for other ids, and contains none of them", () => {
    const other = queryFor(resellers, organizations, 7);
    expect(other.text).toBe(text);
    expect(other.parameters).not.toEqual(parameters);
  });

  test("is within Athena's limits", () => {
    expect(Buffer.byteLength(text)).toBeLessThan(MAX_QUERY_BYTES);
    expect(Math.max(...parameters.map((parameter) => parameter.length))).toBeLessThanOrEqual(
      MAX_PARAMETER_LENGTH,
    );
  });
});

describe("the month's query", () => {
  const { text, parameters } = monthQueryOf("2026-04");

  test("is a valid statement of Trino's grammar, with its placeholders only in WHERE", () => {
    expect(new TrinoSQL().validate(text)).toEqual([]);
    expect(clausesOfPlaceholders(text)).toEqual(Array.from(parameters, () => "WHERE"));
  });

  test("has the same text for every month and instant", () => {
    expect(monthQueryOf("2025-12").text).toBe(text);
    expect(parameters).toEqual([
      "'2026-03-31'",
      "'2026-05-01'",
      "TIMESTAMP '2026-05-04 06:00:00'",
      "'2026-04-01'",
      "'2026-04-30'",
      "'2026-04-01'",
      "'2026-04-30'",
      "TIMESTAMP '2026-05-05 06:00:00'",
      "'2026-04-01'",
      "'2026-04-30'",
      "TIMESTAMP '2026-05-04 06:00:00'",
      "''",
    ]);
  });
});

function monthQueryOf(month: string) {
  const [asOf, futureFrom] = ["2026-05-04T06:00:00Z", "2026-05-05T06:00:00Z"];
  if (!isMonth(month) || !isInstant(asOf) || !isInstant(futureFrom)) throw new TypeError("not a month");
  return monthQuery({ scope: allResellers(), month, asOf, futureFrom });
}

describe.each([
  ["of closed days alone", periodOf("2026-04-10", "2026-04-20"), periodOf("2026-04-10", "2026-04-20")],
  ["of closed and open days", PERIOD, periodOf("2026-04-01", "2026-04-20")],
])("the usage query %s", (_, period, closed) => {
  const queryOf = (resellers: number, seed: number, days = closed) =>
    usageQuery({
      scope: scopeOf(...uuids(resellers + seed).slice(seed)),
      period,
      organizationIds: uuids(2),
      rolled: { lake: "s3://lake/", ...days },
    });
  const { text, parameters } = queryOf(3, 0);

  test("is a valid statement of Trino's grammar, with its placeholders only in WHERE and one parameter for each", () => {
    expect(new TrinoSQL().validate(text)).toEqual([]);
    expect(clausesOfPlaceholders(text)).toEqual(Array.from(parameters, () => "WHERE"));
  });

  test("has the same text for other ids, and contains none of them", () => {
    expect(queryOf(3, 7).text).toBe(text);
    expect(queryOf(3, 7).parameters).not.toEqual(parameters);
    expect(text).not.toMatch(/[0-9a-f]{8}-|[0-9]{4}-[0-9]{2}/);
  });
});

test("open days at any place are read by one text", () => {
  const text = (start: string, end: string) =>
    usageQuery({
      scope: scopeOf(...uuids(1)),
      period: PERIOD,
      organizationIds: undefined,
      rolled: { lake: "s3://lake/", ...periodOf(start, end) },
    }).text;
  expect(text("2026-04-03", "2026-04-30")).toBe(text("2026-04-01", "2026-04-20"));
  expect(text("2026-04-03", "2026-04-20")).toBe(text("2026-04-01", "2026-04-20"));
});

describe("the rollup's statements", () => {
  const days = ["2026-04-01", "2026-04-02"].map((text) => ({ day: day(text), source: "s3://it's/ 1" }));

  test.each([
    ["marks", recordedDays().text],
    ["merge of a day", mergeDays(allResellers(), days.slice(0, 1)).text],
    ["merge of days", mergeDays(allResellers(), days).text],
    ["clearing", clearDay(allResellers(), day("2026-04-01")).text],
  ])("match Trino's grammar, without placeholders, which Athena does not accept there: %s", (_, text) => {
    expect(new TrinoSQL().validate(text)).toEqual([]);
    expect(clausesOfPlaceholders(text)).toEqual([]);
  });

  test("quote their values, and name no other day", () => {
    const { text } = mergeDays(allResellers(), days);
    expect(text).toContain("('2026-04-01', 's3://it''s/ 1'), ('2026-04-02', 's3://it''s/ 1')");
    expect(new Set(text.match(/\d{4}-\d\d-\d\d/g))).toEqual(new Set(["2026-04-01", "2026-04-02"]));
    expect(() => mergeDays(allResellers(), [])).toThrow(RangeError);
  });

  test("stay within Athena's limits with as many days as a month has", () => {
    const month = Array.from({ length: 31 }, (_, index) => ({
      day: day(`2026-05-${String(index + 1).padStart(2, "0")}`),
      source: `s3://${"b".repeat(63)}/${"p".repeat(900)}/ ${"0".repeat(32)}`,
    }));
    expect(Buffer.byteLength(mergeDays(allResellers(), month).text)).toBeLessThan(MAX_QUERY_BYTES);
  });
});

test("a month is closed from its calls: its query does not use the rollup", () => {
  expect(monthQueryOf("2026-04").text).not.toContain("usage_daily");
});

describe("the grammar check", () => {
  const { text } = queryFor(1, 1);

  test.each([
    ["a missing parenthesis", text.replace("(?)", "(?")],
    ["a misspelt keyword", text.replace("GROUP BY", "GRUOP BY")],
    ["a quote that is not closed", text.replace("= 1", "= '1")],
  ])("finds %s", (_, broken) => {
    expect(broken).not.toBe(text);
    expect(new TrinoSQL().validate(broken)).not.toEqual([]);
  });

  test.each([
    ["SELECT ? FROM calls WHERE a = ?", ["SELECT", "WHERE"]],
    ["SELECT a FROM calls JOIN b ON a.x = ? WHERE a IN (?, ?)", ["ON", "WHERE", "WHERE"]],
    ["SELECT a FROM b WHERE c = (SELECT max(?) FROM d WHERE e = ?) AND f = ?", ["SELECT", "WHERE", "WHERE"]],
    ["SELECT a FROM b WHERE c = 1 GROUP BY a HAVING sum(d) > ?", ["HAVING"]],
    ["SELECT a FROM b WHERE c = '?' -- ?", []],
  ])("finds the placeholders of %j", (sql, clauses) => {
    expect(clausesOfPlaceholders(sql)).toEqual(clauses);
  });
});
