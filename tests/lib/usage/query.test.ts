import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { distinct, type Uuid } from "../../../lib/ids.ts";
import { usageQuery } from "../../../lib/usage/query.ts";
import { USAGE_COLUMNS } from "../../../lib/usage/row.ts";
import { anyDay, anyUuid } from "../arbitraries.ts";
import { periodOf, scopeOf, uuid, uuids } from "../valid.ts";
import { usageCells } from "./cells.ts";
import { conditionsOf, valuesFor } from "./placeholders.ts";

const PERIOD = periodOf("2026-04-01", "2026-04-30");
const someIds = fc.array(anyUuid, { minLength: 1, maxLength: 12 }).map(distinct);

function queryOf(resellers: readonly Uuid[], organizationIds?: readonly Uuid[]) {
  return usageQuery({ scope: scopeOf(...resellers), period: PERIOD, organizationIds });
}

/** A query's parts that read a table of the lake, each up to the end of its conditions. */
function readsOf(text: string): string[] {
  const tables = /FROM (?:call_usage|ranked|present_agents|organizations|resellers)\b/g;
  return Array.from(text.matchAll(tables), ({ index }) =>
    text.slice(index, text.slice(index).search(/\n\s*(?:UNION ALL|\)|$)/) + index),
  );
}

describe("the usage query", () => {
  test("compares resellers, organizations and days with those of the selection and no others", () => {
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

  test("has the whole list in every condition: none sees more or fewer resellers than the others", () => {
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

  test("has text that depends only on how many ids there are", () => {
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

  test("reads calls of the period's days alone, in every place where it reads calls", () => {
    const reads = queryOf(uuids(1)).text.split("FROM call_usage").slice(1);
    expect(reads).toHaveLength(2);
    for (const read of reads) expect(read).toMatch(/^\s+WHERE dt >= \? AND dt <= \?/);
  });

  test("filters the record that counts, not the candidates", () => {
    const { text } = queryOf(uuids(1), uuids(1));
    expect(text).toMatch(/call_id IN \(SELECT call_id FROM call_usage WHERE/);
    expect(text).toMatch(/WHERE place = 1 AND reseller_id IN \(\?\) AND organization_id IN \(\?\)/);
  });

  test("leaves the organization condition out where there is no such filter", () => {
    expect(valuesFor("organization_id", queryOf(uuids(1)))).toEqual(new Set());
    expect(() => queryOf(uuids(1), [])).toThrow(RangeError);
  });

  test("does without what Trino and DuckDB compute differently", () => {
    const { text } = queryOf(uuids(2), uuids(2));
    expect(text).not.toMatch(/\/|\b(?:greatest|least|trim|max_by|round|double|decimal)\b/i);
  });

  test("states its days as text, which is how the partitions are named", () => {
    expect(queryOf([uuid("1")]).parameters.slice(0, 2)).toEqual(["'2026-04-01'", "'2026-04-30'"]);
  });

  test("takes no row beyond its scope, whatever the engine gives", () => {
    const query = queryOf(uuids(2));
    const rowOf = (reseller: string) =>
      usageCells({ reseller_id: reseller, organization_id: uuid("7"), seconds: "1" });
    expect(uuids(2).map((id) => query.parseRow(rowOf(id)).level)).toEqual(["organization", "organization"]);
    expect(() => query.parseRow(rowOf(uuid("3")))).toThrow("beyond the scope");
    expect(() => query.parseRow(usageCells({ reseller_id: uuid("3") }))).toThrow("beyond the scope");
    expect(query.parseRow(usageCells({ figures: "0" })).level).toBe("total");
  });

  test("names its columns as the row's schema has them", () => {
    const { text, columns } = queryOf(uuids(1));
    expect(columns).toEqual(USAGE_COLUMNS);
    const selected = text.slice(text.lastIndexOf("SELECT") + 6, text.lastIndexOf("FROM"));
    const names = selected.split(/,(?![^(]*\))/).map((column) => /\w+\s*$/.exec(column)?.[0].trim());
    expect(names).toEqual(USAGE_COLUMNS);
  });
});
