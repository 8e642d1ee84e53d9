// Only the Trino grammar: the package's root loads every dialect.
import { TrinoSQL } from "dt-sql-parser/dist/parser/trino/index.js";
import { describe, expect, test } from "vitest";
import { REPORTS } from "../../../lib/reports/table.ts";
import { isList, namesOf } from "../../../lib/request/report-request.ts";
import { requiredMembers } from "../../report-questions.ts";
import { conditionsOf } from "../usage/placeholders.ts";
import { readsOf } from "../usage/reads-of.ts";
import { day, periodOf, scopeOf, uuids } from "../valid.ts";

const LIMITS = { earliestDate: day("2020-01-01"), maxRangeDays: 366 };
const DAYS = { start_date: "2026-04-01", end_date: "2026-04-30" };
const LAKE = "s3://lake/";

/** Athena's limits: bytes of a QueryString, characters of an execution parameter. */
const MAX_QUERY_BYTES = 262_144;
const MAX_PARAMETER_LENGTH = 1_024;

/** The sources of the report's days. */
const SOURCES = {
  calls: undefined,
  rollup: { lake: LAKE, ...periodOf("2026-04-01", "2026-04-30") },
  both: { lake: LAKE, ...periodOf("2026-04-01", "2026-04-20") },
};

describe.each(REPORTS)("the query of $name", (report) => {
  const required = requiredMembers(report, DAYS, uuids(2));
  /** With every list that exists, each of this many ids. */
  const everyList = (count: number) => ({
    ...DAYS,
    ...Object.fromEntries(
      namesOf(report.parameters).flatMap((name) => (isList(name) ? [[name, uuids(count)]] : [])),
    ),
  });

  describe.each(Object.entries(SOURCES))("from %s", (source, rolled) => {
    const query = report.request(required, LIMITS).query(scopeOf(...uuids(3)), rolled);

    test("equals the reviewed SQL (npm run golden writes it again)", async () => {
      await expect(`${query.text}\n`).toMatchFileSnapshot(`golden/${report.name}.${source}.sql`);
    });

    test("is a valid statement of Trino's grammar", () => {
      expect(new TrinoSQL().validate(query.text)).toEqual([]);
    });

    test("has a parameter for each placeholder, each in a condition, and contains no value itself", () => {
      expect(() => conditionsOf(query)).not.toThrow();
      expect(query.text).not.toMatch(/[0-9a-f]{8}-|[0-9]{4}-[0-9]{2}/);
    });

    test("reads nothing of the lake without the reseller predicate", () => {
      for (const read of readsOf(query.text))
        expect(read).toMatch(/WHERE[^]*\breseller_id IN \(\?, \?, \?\)/);
    });

    test("avoids what Trino and DuckDB compute differently", () => {
      expect(query.text).not.toMatch(/\/|\b(?:greatest|least|trim|max_by|round|double|decimal)\b/i);
    });

    test("is within Athena's limits with 1,000 ids in every list", () => {
      const { text, parameters } = report
        .request(everyList(1_000), LIMITS)
        .query(scopeOf(...uuids(1_000)), rolled);
      expect(Buffer.byteLength(text)).toBeLessThan(MAX_QUERY_BYTES);
      expect(Math.max(...parameters.map(({ length }) => length))).toBeLessThanOrEqual(MAX_PARAMETER_LENGTH);
    });
  });
});
