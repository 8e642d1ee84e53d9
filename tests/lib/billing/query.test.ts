import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { toInstant } from "../../../lib/billing/month.ts";
import { monthQuery } from "../../../lib/billing/query.ts";
import { allResellers } from "../../../lib/scope/all-resellers.ts";
import { USAGE_COLUMNS } from "../../../lib/usage/row.ts";
import { anyDay } from "../arbitraries.ts";
import { usageCells } from "../usage/cells.ts";
import { uuid } from "../valid.ts";
import { instant, month } from "./valid.ts";

const APRIL = {
  scope: allResellers(),
  month: month("2026-04"),
  asOf: instant("2026-05-04T06:00:00Z"),
  futureFrom: instant("2026-05-05T06:00:00Z"),
};
const COUNTS = [
  "calls",
  "copies",
  "corrections",
  "without_agent",
  "in_progress",
  "negative",
  "missing_call_id",
  "invalid_call_id",
  "missing_recorded_at",
  "missing_reseller_id",
  "invalid_reseller_id",
  "missing_organization_id",
  "invalid_organization_id",
  "invalid_agent_id",
  "latest_record_broken",
  "call_on_two_days",
  "dt_differs_from_started_at",
  "recorded_in_the_future",
];
const [R, O, A] = [uuid("1"), uuid("2"), uuid("3")];

type Cell = string | null;

/** A row's cells: those of usage, then the day and the counts, 0 by default. */
function cellsOf(usage: Parameters<typeof usageCells>[0], dt: Cell = null, ...counts: Cell[]): Cell[] {
  return [
    ...usageCells(usage),
    dt,
    ...COUNTS.map((_, at) => (at < counts.length ? (counts[at] ?? null) : "0")),
    null,
  ];
}

function rowOf(cells: readonly Cell[]) {
  return monthQuery(APRIL).parseRow(cells);
}

describe("the query of a month", () => {
  test("has the same text for any month and instant", () => {
    const { text } = monthQuery(APRIL);
    const anyInstant = fc
      .integer({ min: 0, max: 4_000_000_000 })
      .map((seconds) => toInstant(seconds * 1_000));
    fc.assert(
      fc.property(anyDay, anyInstant, (day, asOf) => {
        const query = monthQuery({ ...APRIL, month: month(day.slice(0, 7)), asOf, futureFrom: asOf });
        expect(query.text).toBe(text);
      }),
    );
    expect(text).not.toMatch(/[0-9a-f]{8}-|[0-9]{4}-[0-9]{2}/);
  });

  test("passes days as text and instants as literals: the days around the month, then the month for each scan", () => {
    expect(monthQuery({ ...APRIL, month: month("2024-02") }).parameters).toEqual([
      "'2024-01-31'",
      "'2024-03-01'",
      "TIMESTAMP '2026-05-04 06:00:00'",
      "'2024-02-01'",
      "'2024-02-29'",
      "'2024-02-01'",
      "'2024-02-29'",
      "TIMESTAMP '2026-05-05 06:00:00'",
      "'2024-02-01'",
      "'2024-02-29'",
      "TIMESTAMP '2026-05-04 06:00:00'",
      "''",
    ]);
    expect(monthQuery({ ...APRIL, listing: "5e1f" }).parameters.at(-1)).toBe("'5e1f'");
  });

  test("scans the records once, and once more for those of the future and for those that came too late", () => {
    const { text, parameters } = monthQuery(APRIL);
    const [records, future, late, ...more] = text.split("FROM call_usage").slice(1);
    expect(more).toEqual([]);
    expect(records).toMatch(
      /^\s+WHERE dt >= \? AND dt <= \? AND \(recorded_at < \? OR recorded_at IS NULL\)\s/,
    );
    expect(future).toMatch(/^\s+WHERE dt >= \? AND dt <= \? AND recorded_at >= \?\s/);
    expect(late).toMatch(/^\s+WHERE dt >= \? AND dt <= \? AND recorded_at >= \? AND \? IS NOT NULL\s/);
    expect(text.split("?")).toHaveLength(parameters.length + 1);
  });

  test("equals the reviewed text (npm run golden writes it again)", async () => {
    await expect(`${monthQuery(APRIL).text}\n`).toMatchFileSnapshot("golden/month.sql");
  });

  test("avoids what Trino and DuckDB compute differently", () => {
    expect(monthQuery(APRIL).text).not.toMatch(/\/|\b(?:greatest|least|trim|max_by|round|double|decimal)\b/i);
  });

  test("names its columns in the order in which its rows are read", () => {
    const { text, columns } = monthQuery(APRIL);
    expect(columns).toEqual([...USAGE_COLUMNS, "dt", ...COUNTS, "left_out_at"]);
    const selected = text.slice(text.lastIndexOf("SELECT") + 6, text.lastIndexOf("FROM"));
    const names = selected.split(/,(?![^(]*\))/).map((column) => /\w+\s*$/.exec(column)?.[0].trim());
    expect(names).toEqual(columns);
  });
});

describe("a row of a month", () => {
  test("with a day has that day's counts, each in its place", () => {
    expect(rowOf(cellsOf({ seconds: "360" }, "2026-04-19", "6", "1", "2", "3", "4", "5"))).toEqual({
      level: "day",
      day: "2026-04-19",
      seconds: 360,
      calls: 6,
      quality: {
        copies: 1,
        corrections: 2,
        callsWithoutAgent: 3,
        callsInProgress: 4,
        negativeDurations: 5,
      },
      faults: new Map(),
    });
  });

  test("has each kind of fault that its day has, and no other", () => {
    const counts = COUNTS.map((name) =>
      name === "invalid_agent_id" || name === "call_on_two_days" ? "2" : "0",
    );
    const row = rowOf(cellsOf({}, "2026-04-19", ...counts));
    expect(row).toMatchObject({
      faults: new Map([
        ["invalid_agent_id", 2],
        ["call_on_two_days", 2],
      ]),
    });
  });

  test("says when its day's first record was written that came too late", () => {
    const cells = cellsOf({}, "2026-04-19");
    for (const text of ["2026-05-04 06:00:07.999", "2026-05-04 06:00:07"]) {
      const row = rowOf([...cells.slice(0, -1), text]);
      expect(row).toMatchObject({ leftOutAt: "2026-05-04T06:00:07Z", calls: 0 });
    }
    expect(() => rowOf([...cells.slice(0, -1), "yesterday"])).toThrow(TypeError);
  });

  test("without a day is usage, at each of its levels, with its calls", () => {
    const levelOf = (named: Parameters<typeof usageCells>[0], calls: string) => {
      const row = rowOf(cellsOf(named, null, calls));
      return row.level === "usage" ? [row.row.level, row.calls] : row.level;
    };
    expect(levelOf({ reseller_id: R, organization_id: O, agent_id: A, seconds: "60" }, "2")).toEqual([
      "agent",
      2,
    ]);
    expect(levelOf({ reseller_id: R, organization_id: O, seconds: "5" }, "1")).toEqual(["organization", 1]);
    expect(levelOf({ reseller_id: R }, "0")).toEqual(["reseller", 0]);
    expect(levelOf({ seconds: "9007199254740993", figures: "7" }, "8")).toEqual(["total", 8]);
  });

  const DAY = "2026-04-19";
  test.each<[string, Cell[]]>([
    ["a column too few", cellsOf({}).slice(1)],
    ["a day and a total's figures", cellsOf({ figures: "0" }, DAY)],
    ["a column too many", [...cellsOf({}), "0"]],
    ["no column at all", []],
    ["an invalid day", cellsOf({}, "2026-04-31")],
    ["an empty day", cellsOf({}, "")],
    ["a day with a time", cellsOf({}, "2026-04-19 00:00:00")],
    ["a day and a reseller", cellsOf({ reseller_id: R }, DAY)],
    ["a day and an agent", cellsOf({ reseller_id: R, organization_id: O, agent_id: A }, DAY)],
    ["a day of two figures", cellsOf({ figures: "2" }, DAY)],
    ["calls below 0", cellsOf({}, DAY, "-1")],
    ["calls that are null", cellsOf({}, DAY, null)],
    ["a fraction of a call", cellsOf({}, DAY, "1.5")],
    ["calls beyond 2^53 - 1", cellsOf({}, DAY, "9007199254740993")],
    ["corrections that are null", cellsOf({}, DAY, "1", "0", null)],
    ["copies that are not a number", cellsOf({}, DAY, "1", "many")],
    ["usage without calls", cellsOf({ reseller_id: R, organization_id: O, agent_id: A }, null, null)],
    ["an agent without an organization", cellsOf({ reseller_id: R, agent_id: A })],
    ["an invalid id", cellsOf({ reseller_id: "northwind" })],
    ["seconds below 0", cellsOf({ reseller_id: R, organization_id: O, seconds: "-1" })],
  ])("with %s is refused", (_, cells) => {
    expect(() => rowOf(cells)).toThrow(TypeError);
  });

  test("is refused with what is wrong with it", () => {
    expect(() => rowOf([])).toThrow(new TypeError("the row has the wrong number of columns"));
    expect(() => rowOf(cellsOf({}, "2026-04-31"))).toThrow(new TypeError("not the row of a day"));
    expect(() => rowOf([...cellsOf({}, DAY).slice(0, -1), "yesterday"])).toThrow(
      new TypeError("not a timestamp"),
    );
  });

  test("with seconds above 2^53 - 1 is refused, never rounded", () => {
    expect(() => rowOf(cellsOf({ seconds: "9007199254740993" }, DAY))).toThrow("could not be made");
  });
});
