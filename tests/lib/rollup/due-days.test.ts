import { describe, expect, test } from "vitest";
import { addDays, type Day, everyDay } from "../../../lib/period.ts";
import { dueDays } from "../../../lib/rollup/due-days.ts";
import { type DayFiles, filesByDay, type LakeObject, NO_FILES } from "../../../lib/rollup/listing.ts";
import { sourceOf } from "../../../lib/usage/rolled-days.ts";
import { day, periodOf } from "../valid.ts";

const LAKE = "s3://lake/";

async function* pagesOf(...pages: LakeObject[][]) {
  yield* pages;
}
const object = (key: string, more: Partial<LakeObject> = {}): LakeObject => ({
  key,
  size: 10,
  etag: '"e"',
  ...more,
});
const digestsOf = async (...objects: LakeObject[]) => [...(await filesByDay(pagesOf(objects))).values()];

describe("a day's files", () => {
  const file = object("call_usage/dt=2026-04-01/a.parquet");

  test.each([
    ["another file", [file, object("call_usage/dt=2026-04-01/b.parquet")]],
    ["another size", [{ ...file, size: 11 }]],
    ["another ETag", [{ ...file, etag: '"f"' }]],
    ["another name", [object("call_usage/dt=2026-04-01/c.parquet")]],
    ["a file in a folder below", [file, object("call_usage/dt=2026-04-01/x/b.parquet")]],
  ])("have another digest with %s", async (_, objects) => {
    const [before] = await digestsOf(file);
    const [after] = await digestsOf(...objects);
    expect(after?.day).toBe("2026-04-01");
    expect(after?.digest).not.toBe(before?.digest);
  });

  test("are those that an engine reads: no folder, no hidden file, no invalid day", async () => {
    const others = [
      "dt=2026-04-01/",
      "dt=2026-04-01/_SUCCESS",
      "dt=2026-04-01/.tmp",
      "dt=2026-02-30/a",
      "x/a",
      "dt=2026-4-1/a",
    ];
    expect(await digestsOf(file, ...others.map((key) => object(`call_usage/${key}`)))).toEqual(
      await digestsOf(file),
    );
  });

  test("have a digest of 32 hexadecimal digits", async () => {
    expect((await digestsOf(file))[0]?.digest).toMatch(/^[0-9a-f]{32}$/);
  });

  test("come in the order of the days, whatever the order of the listing", async () => {
    const keys = ["03", "04", "01", "05", "02"].map((each) => object(`call_usage/dt=2026-04-${each}/a`));
    const days = await filesByDay(pagesOf(keys));
    const expected = everyDay(periodOf("2026-04-01", "2026-04-05"));
    expect([...days.keys()]).toEqual(expected);
    expect([...days.values()].map((each) => each.day)).toEqual(expected);
  });

  test("have the sum of their sizes", async () => {
    const objects = [file, object("call_usage/dt=2026-04-01/b", { size: 7 })];
    expect(await digestsOf(...objects)).toMatchObject([{ day: "2026-04-01", bytes: 17 }]);
  });

  test("do not depend on how a listing is split into pages", async () => {
    const more = [file, object("call_usage/dt=2026-04-01/b"), object("call_usage/dt=2026-04-02/a")];
    const inPages = await filesByDay(pagesOf(...more.map((each) => [each]), []));
    expect([...inPages.values()]).toEqual(await digestsOf(...more));
  });
});

describe("the days that are due", () => {
  const files = (days: readonly Day[], bytes = 1, digest = "d") =>
    new Map<Day, DayFiles>(days.map((each) => [each, { day: each, digest, bytes }]));
  const marks = (days: readonly Day[], digest = "d", count = 1) =>
    new Map(days.map((each) => [each, { day: each, source: sourceOf(LAKE, digest), marks: count }]));
  const april = everyDay(periodOf("2026-04-01", "2026-04-30"));
  const compare = (more: object) =>
    dueDays({
      lake: LAKE,
      earliestDate: day("2020-01-01"),
      lastDay: day("2026-05-10"),
      files: files(april),
      recorded: new Map(),
      mayEmpty: new Set(),
      ...more,
    });
  const daysOf = ({ merges }: ReturnType<typeof dueDays>) =>
    merges.map((merge) => merge.map((each) => each.day));

  test("are merged month by month, oldest first, up to 256 MiB of files at once", () => {
    const both = [...april, ...everyDay(periodOf("2026-05-01", "2026-05-05"))];
    expect(daysOf(compare({ files: files(both) }))).toEqual([april, both.slice(30)]);
    expect(daysOf(compare({ files: files(april.slice(0, 3), 128 * 2 ** 20) }))).toEqual([
      april.slice(0, 2),
      april.slice(2, 3),
    ]);
    const large = compare({ files: files(april, 100 * 2 ** 20) });
    expect(large.merges.map(({ length }) => length)).toEqual(Array.from({ length: 15 }, () => 2));
    expect(compare({ files: files(april, 2 ** 30) }).merges).toHaveLength(30);
    expect(daysOf(large).flat()).toEqual(april);
  });

  test("are merged apart if a day between them is rolled up", () => {
    const [before, after] = [april.slice(0, 3), april.slice(4)];
    expect(daysOf(compare({ recorded: marks(april.slice(3, 4)) }))).toEqual([before, after]);
  });

  test("are none if every mark matches the present files", () => {
    expect(compare({ recorded: marks(april) })).toMatchObject({ merges: [], doubled: [], vanished: [] });
  });

  test("are those with changed files, of another lake, or with more than one mark", () => {
    const [a = day("2026-04-01"), b = a, c = b] = april.slice(3);
    const recorded = new Map([
      ...marks(april),
      ...marks([a], "e"),
      ...marks([b], "d", 2),
      [c, { day: c, source: sourceOf("s3://other/", "d"), marks: 1 }] as const,
    ]);
    const due = compare({ recorded });
    expect(daysOf(due)).toEqual([[a, b, c]]);
    expect(due.doubled).toEqual([b]);
  });

  test("are none before the lake's first day, and none that has not ended", () => {
    const due = compare({ earliestDate: april[9], lastDay: april[19] });
    expect(daysOf(due).flat()).toEqual(april.slice(9, 20));
    expect(due.extent).toEqual({ start: april[9], end: april[19] });
  });

  test("include days without files between others, and none after the last", () => {
    const due = compare({ files: files([day("2026-04-01"), day("2026-04-30")]) });
    expect(daysOf(due)).toEqual([april]);
    expect(due.merges[0]?.[1]?.source).toBe(sourceOf(LAKE, NO_FILES));
  });

  test("exclude days whose files are missing, unless a person allows it", () => {
    const left = april.slice(1);
    const gone = compare({ files: files(left), recorded: marks(april) });
    expect(gone).toMatchObject({ merges: [], vanished: ["2026-04-01"], extent: { start: "2026-04-01" } });
    const allowed = compare({
      files: files(left),
      recorded: marks(april),
      mayEmpty: new Set(["2026-04-01"]),
    });
    expect(allowed.merges).toEqual([[{ day: "2026-04-01", source: sourceOf(LAKE, NO_FILES) }]]);
  });

  test("are none for an empty lake", () => {
    expect(compare({ files: new Map() })).toMatchObject({ merges: [], extent: undefined });
    expect(addDays(day("2026-02-28"), 1)).toBe("2026-03-01");
  });
});
