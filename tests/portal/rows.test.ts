import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { sumOf } from "../../portal/report.ts";
import { agentLines, arranged, growth, tableOf } from "../../portal/rows.ts";
import { COLUMNS } from "../../portal/view.ts";
import { organization, report } from "./reports.ts";

const anyReport = fc
  .array(
    fc.record({
      id: fc.nat(20),
      resellerId: fc.constantFrom("r", "s"),
      seconds: fc.array(fc.nat(9), { maxLength: 3 }),
    }),
  )
  .map((drawn) => {
    const some = drawn.map(({ id, resellerId, seconds }) => organization(`o${id}`, seconds, { resellerId }));
    const byKey = new Map(some.map((each) => [each.key, each]));
    return report(...byKey.values());
  });

describe("the table", () => {
  test("adds up exactly what the API lists, whatever the previous period has", () => {
    fc.assert(
      fc.property(anyReport, fc.option(anyReport, { nil: undefined }), (present, previous) => {
        const table = tableOf(present, previous, []);
        expect(table.total.seconds).toBe(sumOf(present.organizations));
        expect(sumOf(table.rows)).toBe(table.total.seconds);
        expect(table.organizationCount).toBe(present.organizations.length);
        expect(table.total.before).toBe(previous && sumOf(previous.organizations));
        const before = table.rows.reduce((sum, row) => sum + (row.before ?? 0), 0);
        expect(before).toBe(previous ? sumOf(previous.organizations) : 0);
      }),
    );
  });

  test("contains only the chosen resellers' organizations", () => {
    const present = report(organization("a", [60]), organization("b", [30], { resellerId: "s" }));
    const table = tableOf(present, undefined, ["s"]);
    expect(table.rows.map(({ organization: { id } }) => id)).toEqual(["b"]);
    expect(table.total.seconds).toBe(30);
  });

  test("shows an organization that has no usage any more, with 0, without counting it", () => {
    const table = tableOf(report(organization("a", [60])), report(organization("gone", [5])), []);
    expect(table.rows.at(-1)).toMatchObject({ seconds: 0, before: 5, isOnlyBefore: true });
    expect(table.organizationCount).toBe(1);
  });
});

describe("a search", () => {
  const table = tableOf(
    report(
      organization("1", [9], { name: "Bäckerei Größmann" }),
      organization("2", [7], { name: "Hôtel Beau-Rivage" }),
    ),
    undefined,
    [],
  );
  const found = (search: string) =>
    arranged(table.rows, { search, sort: { by: "minutes", descending: true } }).map(
      (row) => row.organization.id,
    );

  test.each([
    ["grossmann", ["1"]],
    ["GRÖSSMANN", ["1"]],
    ["hotel rivage", ["2"]],
    ["rivage hotel", ["2"]],
    ["  ", ["1", "2"]],
    ["reseller r", ["1", "2"]],
    ["nobody", []],
  ])("for %j finds %j", (search, expected) => {
    expect(found(search)).toEqual(expected);
  });
});

describe("sorting", () => {
  test("by any column, either way, loses no line, and keeps the API's order of equal lines", () => {
    fc.assert(
      fc.property(
        anyReport,
        anyReport,
        fc.constantFrom(...COLUMNS),
        fc.boolean(),
        (present, previous, by, descending) => {
          const { rows } = tableOf(present, previous, []);
          const sorted = arranged(rows, { search: "", sort: { by, descending } });
          expect(new Set(sorted)).toEqual(new Set(rows));
          const flat = rows.map((row) => ({
            ...row,
            seconds: sumOf([]),
            before: sumOf([]),
            organization: organization("x", []),
          }));
          expect(arranged(flat, { search: "", sort: { by, descending } })).toEqual(flat);
        },
      ),
    );
  });
});

describe("an organization's agents", () => {
  test("add up to it, now and before, including those that are gone", () => {
    const [row] = tableOf(report(organization("a", [60, 30])), report(organization("a", [1, 2, 4])), []).rows;
    const lines = row === undefined ? [] : agentLines(row);
    expect(lines.map(({ seconds, before }) => [seconds, before])).toEqual([
      [60, 1],
      [30, 2],
      [0, 4],
    ]);
  });
});

describe("growth", () => {
  const of = (seconds: number, before: number) =>
    growth(tableOf(report(organization("a", [seconds])), report(organization("a", [before])), []).total);

  test("is a rate of the previous figure, and missing without one", () => {
    expect(of(150, 100)).toBe(0.5);
    expect(of(0, 100)).toBe(-1);
    expect(of(10, 0)).toBeUndefined();
  });
});
