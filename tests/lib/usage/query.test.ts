import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { distinct, type Uuid } from "../../../lib/ids.ts";
import { USAGE_QUERY_COLUMNS, usageQuery } from "../../../lib/usage/query.ts";
import { anyDay, anyUuid } from "../arbitraries.ts";
import { periodOf, scopeOf, uuid, uuids } from "../valid.ts";
import { queryCells } from "./cells.ts";
import { conditionsOf, valuesFor } from "./placeholders.ts";
import { readsOf } from "./reads-of.ts";

const PERIOD = periodOf("2026-04-01", "2026-04-30");
const someIds = fc.array(anyUuid, { minLength: 1, maxLength: 12 }).map(distinct);

function queryOf(resellers: readonly Uuid[], organizationIds?: readonly Uuid[]) {
  return usageQuery({ scope: scopeOf(...resellers), period: PERIOD, organizationIds });
}

describe("the usage query", () => {
  test("compares resellers, organizations and days only with those of the selection", () => {
    fc.assert(
      fc.property(someIds, fc.option(someIds, { nil: undefined }), anyDay, anyDay, (resellers, ids, a, b) => {
        const period = a < b ? { start: a, end: b } : { start: b, end: a };
        const query = usageQuery({ scope: scopeOf(...resellers), period, organizationIds: ids });
        expect(valuesFor("reseller_id", query)).toEqual(new Set(resellers));
        expect(valuesFor("organization_id", query)).toEqual(new Set(ids));
        expect(valuesFor("dt", query)).toEqual(new Set([period.start, period.end]));
      }),
    );
  });

  test("has the whole list in every condition, so that all read the same resellers", () => {
    fc.assert(
      fc.property(someIds, someIds, (resellers, organizations) => {
        const conditions = conditionsOf(queryOf(resellers, organizations));
        const lists = { reseller_id: resellers, organization_id: organizations };
        for (const [column, ids] of Object.entries(lists)) {
          const ofColumn = conditions.filter((condition) => condition.column === column);
          expect(ofColumn.map(({ values }) => values)).toEqual(Array.from(ofColumn, () => ids));
        }
      }),
    );
  });

  test("has text that depends only on the number of ids", () => {
    fc.assert(
      fc.property(someIds, someIds, anyDay, (resellers, organizations, start) => {
        const text = usageQuery({
          scope: scopeOf(...resellers),
          period: { start, end: start },
          organizationIds: organizations,
        }).text;
        expect(text).toBe(queryOf(uuids(resellers.length), uuids(organizations.length)).text);
        expect(text).not.toMatch(/[0-9a-f]{8}-|[0-9]{4}-[0-9]{2}/);
      }),
    );
  });

  test("reads nothing of the lake without the reseller predicate", () => {
    for (const organizations of [undefined, uuids(2)]) {
      const reads = readsOf(queryOf(uuids(3), organizations).text);
      expect(reads.length).toBeGreaterThanOrEqual(5);
      for (const read of reads) expect(read).toMatch(/WHERE[^]*\breseller_id IN \(\?, \?, \?\)/);
    }
  });

  test("reads calls only of the period's days, in every place where it reads calls", () => {
    const reads = queryOf(uuids(1)).text.split("FROM call_usage").slice(1);
    expect(reads).toHaveLength(2);
    for (const read of reads) expect(read).toMatch(/^\s+WHERE dt >= \? AND dt <= \?/);
  });

  test("filters the record that counts, not the candidates", () => {
    const { text } = queryOf(uuids(1), uuids(1));
    expect(text).toMatch(/call_id IN \(SELECT call_id FROM call_usage WHERE/);
    expect(text).toMatch(
      /WHERE place = 1 AND broken = 0 AND reseller_id IN \(\?\) AND organization_id IN \(\?\)/,
    );
  });

  test("reads of the rollup only the scope and the days' marks", () => {
    const rolled = { lake: "s3://lake/", ...periodOf("2026-04-05", "2026-04-20") };
    for (const organizationIds of [undefined, uuids(2)]) {
      const { text } = usageQuery({ scope: scopeOf(...uuids(3)), period: PERIOD, organizationIds, rolled });
      const [, read, ...more] = text.split("FROM usage_daily");
      const narrowed = organizationIds ? " AND organization_id IN (?, ?)" : "";
      expect(more).toEqual([]);
      expect(read).toMatch(/^\n {2}WHERE dt >= \? AND dt <= \? AND \(/);
      expect(read).toContain(`AND (reseller_id IN (?, ?, ?)${narrowed} OR reseller_id IS NULL)\n)`);
    }
  });

  test("reads the mark of a rolled-up day, and refuses a row that only resembles one", () => {
    const { parseRow } = queryOf(uuids(1));
    const mark = (named: Parameters<typeof queryCells>[0], marks = "1") =>
      queryCells({ figures: null, ...named })
        .slice(0, -2)
        .concat("2026-04-05", marks);
    expect(parseRow(mark({ name: "s3://lake/ files" }))).toEqual({
      level: "day",
      day: "2026-04-05",
      source: "s3://lake/ files",
    });
    expect(() => parseRow(mark({ name: "s3://lake/ files", reseller_id: uuid("1") }))).toThrow(
      new TypeError("the mark of a day has a reseller"),
    );
    for (const cells of [mark({ name: "s3://lake/ files" }, "2"), mark({ name: null })])
      expect(() => parseRow(cells)).toThrow("a day that does not have exactly one mark");
  });

  test("reads each day from one of the two: the rollup, or the calls of all other days", () => {
    fc.assert(
      fc.property(fc.uniqueArray(anyDay, { minLength: 4, maxLength: 4 }), fc.boolean(), (days, inside) => {
        const [a = PERIOD.start, b = a, c = b, d = c] = days.toSorted();
        const [period, part] = inside
          ? [
              { start: a, end: d },
              { start: b, end: c },
            ]
          : [
              { start: a, end: c },
              { start: a, end: b },
            ];
        const { text, parameters } = usageQuery({
          scope: scopeOf(uuid("1")),
          period,
          organizationIds: undefined,
          rolled: { lake: "s3://lake/", ...part },
        });
        const reads = text.split("FROM call_usage").slice(1);
        expect(reads).toHaveLength(2);
        for (const read of reads)
          expect(read).toMatch(/^\s+WHERE dt >= \? AND dt <= \? AND \(dt < \? OR dt > \?\)/);
        const quoted = (...some: string[]) => some.map((each) => `'${each}'`);
        expect(parameters.slice(0, 4)).toEqual(quoted(period.start, period.end, part.start, part.end));
        const ofRollup = text.slice(0, text.indexOf("FROM usage_daily")).split("?").length - 1;
        expect(parameters.slice(ofRollup, ofRollup + 2)).toEqual(quoted(part.start, part.end));
      }),
    );
  });

  test("does not read calls if every day is in the rollup", () => {
    const rolled = { lake: "s3://lake/", ...PERIOD };
    const { text } = usageQuery({
      scope: scopeOf(uuid("1")),
      period: PERIOD,
      organizationIds: undefined,
      rolled,
    });
    expect(text).not.toContain("call_usage");
  });

  test("omits the organization condition without such a filter", () => {
    expect(valuesFor("organization_id", queryOf(uuids(1)))).toEqual(new Set());
    expect(() => queryOf(uuids(1), [])).toThrow(RangeError);
  });

  test("avoids what Trino and DuckDB compute differently", () => {
    const { text } = queryOf(uuids(2), uuids(2));
    expect(text).not.toMatch(/\/|\b(?:greatest|least|trim|max_by|round|double|decimal)\b/i);
  });

  test("passes days as text, which is how the partitions are named", () => {
    expect(queryOf([uuid("1")]).parameters.slice(0, 2)).toEqual(["'2026-04-01'", "'2026-04-30'"]);
  });

  test("accepts no row outside its scope", () => {
    const query = queryOf(uuids(2));
    const rowOf = (reseller: string) =>
      queryCells({ reseller_id: reseller, organization_id: uuid("7"), seconds: "1" });
    expect(uuids(2).map((id) => query.parseRow(rowOf(id)).level)).toEqual(["organization", "organization"]);
    expect(() => query.parseRow(rowOf(uuid("3")))).toThrow("outside the scope");
    expect(() => query.parseRow(queryCells({ reseller_id: uuid("3") }))).toThrow("outside the scope");
    expect(query.parseRow(queryCells({ figures: "0" })).level).toBe("total");
  });

  test("names its columns as the row's schema has them", () => {
    const { text, columns } = queryOf(uuids(1));
    expect(columns).toEqual(USAGE_QUERY_COLUMNS);
    const selected = text.slice(text.lastIndexOf("SELECT") + 6, text.lastIndexOf("FROM"));
    const names = selected.split(/,(?![^(]*\))/).map((column) => /\w+\s*$/.exec(column)?.[0].trim());
    expect(names).toEqual(USAGE_QUERY_COLUMNS);
  });
});
