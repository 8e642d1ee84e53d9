import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { internalError, type ProblemCode, ServiceError } from "../../../lib/errors.ts";
import type { Day } from "../../../lib/period.ts";
import { readInFlux, readState } from "../../../lib/rollup/coverage.ts";
import { arriving, day } from "../valid.ts";
import { DAYS, type Fault, faultOf, file, LAKE, rollupWorld as world } from "./rollup-world.ts";

vi.mock("node:timers/promises", () => import("../athena/fake-sleep.ts"));

beforeEach(() => void vi.useFakeTimers({ now: 0 }));
afterEach(() => void vi.useRealTimers());

const covered = ({ state }: ReturnType<typeof world>) => readState(state.text(), LAKE);

describe("a run over a new lake", () => {
  test("creates the table, merges every day and publishes it", async () => {
    const lake = world();
    expect(await lake.run()).toEqual({
      outcome: "caught_up",
      days_due: 5,
      days_merged: 5,
      closed_from: "2026-04-01",
      closed_through: "2026-04-05",
      days_behind: 0,
      broken_records: [],
      broken_directory_rows: [],
    });
    expect(lake.calls).toEqual(["CREATE until 900", "MERGE 01 02 03 04 05 until 500"]);
    expect(lake.progress).toEqual(["5 of 5"]);
    expect([...(covered(lake)?.digests.keys() ?? [])]).toEqual(DAYS);
  });

  test("without a file has no day", async () => {
    const lake = world([]);
    expect(await lake.run()).toMatchObject({
      outcome: "caught_up",
      days_due: 0,
      closed_from: null,
      closed_through: null,
      days_behind: 0,
    });
    expect(covered(lake)).toBeUndefined();
    expect(lake.progress).toEqual([]);
  });

  test("says which days it is about to change, until it has merged them", async () => {
    const lake = world(["2026-04-30", "2026-05-01"]);
    const inFlux: unknown[] = [];
    lake.script.onStatement = (call) => {
      if (call.startsWith("MERGE")) inFlux.push(readInFlux(lake.state.text()));
      return undefined;
    };
    await lake.run();
    const [first, second] = inFlux;
    expect(first).toEqual([{ run: expect.any(String), until: 900, days: ["2026-04-30", "2026-05-01"] }]);
    expect(second).toEqual(first);
    expect(readInFlux(lake.state.text())).toEqual([]);
    expect(lake.progress).toEqual(["1 of 2", "2 of 2"]);
  });

  test("tries four times to create the table, whatever the error is", async () => {
    const lake = world();
    let failures = 3;
    lake.script.onStatement = (call) =>
      call === "CREATE" && failures-- > 0 ? faultOf("internal_error", "exists") : undefined;
    expect(await lake.run()).toMatchObject({ outcome: "caught_up" });
    expect(lake.calls.filter((call) => call.startsWith("CREATE"))).toHaveLength(4);

    const never = world();
    never.script.onStatement = () => faultOf("internal_error", "no bucket");
    await expect(never.run()).rejects.toMatchObject({ cause: { message: "no bucket" } });
    expect(never.calls).toHaveLength(4);
  });

  test("fails at once if its time is up before there is a table", async () => {
    const lake = world();
    lake.script.onStatement = () => faultOf("engine_timeout", "stopped");
    await expect(lake.run()).rejects.toMatchObject({ code: "engine_timeout" });
    expect(lake.calls).toHaveLength(1);
  });
});

describe("a run over a lake that is rolled up", () => {
  test("merges nothing if no file has changed", async () => {
    const lake = world();
    await lake.run();
    lake.calls.length = 0;
    expect(await lake.run()).toMatchObject({ outcome: "caught_up", days_due: 0, days_merged: 0 });
    expect(lake.onDays()).toEqual([]);
  });

  test("clears a day that is in the table twice before it merges it, and no other day", async () => {
    const lake = world();
    await lake.run();
    lake.calls.length = 0;
    const third = lake.marks.get("2026-04-03");
    lake.marks.set("2026-04-03", { source: third?.source ?? "", marks: 2 });
    lake.marks.delete("2026-04-04");
    await lake.run();
    expect(lake.onDays()).toEqual(["DELETE 03 until 500", "MERGE 03 04 until 500"]);
    expect(covered(lake)?.end).toBe("2026-04-05");
  });

  test("tries again to clear a day after a transient error", async () => {
    const lake = world();
    lake.marks.set("2026-04-03", { source: "damaged", marks: 2 });
    let failures = 1;
    lake.script.onStatement = (call) =>
      call === "DELETE 03" && failures-- > 0 ? faultOf("engine_unavailable", "busy") : undefined;
    await lake.run();
    expect(lake.onDays()).toEqual([
      "DELETE 03 until 500",
      "DELETE 03 until 500",
      "MERGE 01 02 03 04 05 until 500",
    ]);
  });

  test("fails if a day cannot be cleared", async () => {
    const lake = world();
    lake.marks.set("2026-04-03", { source: "damaged", marks: 2 });
    lake.script.onStatement = (call) =>
      call === "DELETE 03" ? faultOf("internal_error", "refused") : undefined;
    await expect(lake.run()).rejects.toMatchObject({ code: "internal_error" });
  });

  test("keeps the figures of days whose files are gone, and fails and names them", async () => {
    const lake = world();
    await lake.run();
    const list = () => arriving([[file("2026-04-02"), file("2026-04-03"), file("2026-04-05")]]);
    await expect(lake.run({ list })).rejects.toMatchObject({
      name: "RollupError",
      code: "files_missing",
      message:
        "2026-04-01, 2026-04-04: the lake has no file of these days any more, although they were rolled up. Reports still show their figures. Restore the files. If a day's calls are to be removed, run by hand with allow_empty_days.",
    });
    expect(covered(lake)).toMatchObject({ start: "2026-04-01", end: "2026-04-05" });
    expect(lake.reached.at(-1)).toMatchObject({ days_due: 0, closed_through: "2026-04-05" });
    const mayEmpty = new Set<Day>([day("2026-04-01"), day("2026-04-04")]);
    expect(await lake.run({ list, mayEmpty })).toMatchObject({ outcome: "caught_up", days_merged: 2 });
  });
});

describe("a merge that fails", () => {
  const BAD = "cannot read 's3://lake/x' of 'Ann'";

  test("leaves only the days of the bad file, found by halves, and names them", async () => {
    const lake = world();
    lake.script.onStatement = (call) =>
      /^MERGE.* 0[24]/.test(call) ? faultOf("internal_error", BAD) : undefined;
    await expect(lake.run()).rejects.toMatchObject({
      name: "RollupError",
      code: "days_failed",
      message:
        "The merge failed for 2 of the days. 2026-04-02, 2026-04-04: cannot read … of … All other days are merged. Reports read these days, and all later ones that were not rolled up before, from their calls. Replace the file if one is named. The next run tries again.",
      cause: { code: "internal_error" },
    });
    expect(lake.onDays().map((call) => call.replace(" until 500", ""))).toEqual([
      "MERGE 01 02 03 04 05",
      "MERGE 01 02 03",
      "MERGE 01 02",
      "MERGE 01",
      "MERGE 02",
      "MERGE 03",
      "MERGE 04 05",
      "MERGE 04",
      "MERGE 05",
    ]);
    expect([...lake.marks.keys()].toSorted()).toEqual(["2026-04-01", "2026-04-03", "2026-04-05"]);
    expect(lake.reached).toEqual([
      expect.objectContaining({
        days_due: 5,
        days_merged: 3,
        closed_from: "2026-04-01",
        closed_through: "2026-04-01",
        days_behind: 4,
      }),
    ]);
    expect(lake.progress).toEqual(["3 of 5"]);
  });

  test("names each reason with its days", async () => {
    const lake = world(["2026-04-01", "2026-04-02"]);
    lake.script.onStatement = (call) =>
      call.startsWith("MERGE") ? faultOf("internal_error", `bad file of ${call}`) : undefined;
    await expect(lake.run()).rejects.toMatchObject({
      message: expect.stringContaining(
        "2 of the days. 2026-04-01: bad file of MERGE 01 2026-04-02: bad file of MERGE 02 All other",
      ),
    });
  });

  test("is repeated after a transient error, four times in all, and its days are not split", async () => {
    const lake = world();
    lake.script.onStatement = (call) =>
      call.startsWith("MERGE") ? faultOf("engine_unavailable", "busy") : undefined;
    await expect(lake.run()).rejects.toMatchObject({
      code: "days_failed",
      message: expect.stringContaining("failed for 5 of the days. 2026-04-01 to 2026-04-05"),
    });
    expect(lake.onDays()).toEqual(Array.from({ length: 4 }, () => "MERGE 01 02 03 04 05 until 500"));
  });

  test("succeeds if a later attempt does", async () => {
    const lake = world();
    let failures = 3;
    lake.script.onStatement = (call) =>
      call.startsWith("MERGE") && failures-- > 0 ? faultOf("engine_unavailable", "busy") : undefined;
    expect(await lake.run()).toMatchObject({ outcome: "caught_up", days_merged: 5 });
    expect(lake.onDays()).toHaveLength(4);
  });

  test.each<ProblemCode>(["engine_unavailable", "internal_error"])(
    "has succeeded if the marks are there after %s",
    async (code) => {
      const lake = world();
      lake.script.onStatement = (call) =>
        call.startsWith("MERGE") ? faultOf(code, "conflict", { commits: true }) : undefined;
      expect(await lake.run()).toMatchObject({ outcome: "caught_up", days_merged: 5 });
      expect(lake.onDays()).toHaveLength(1);
    },
  );

  test("has not succeeded if only some of its marks are there", async () => {
    const lake = world();
    await lake.run();
    const whole = new Map(lake.marks);
    lake.marks.delete("2026-04-02");
    lake.marks.delete("2026-04-03");
    lake.calls.length = 0;
    let failures = 1;
    lake.script.onStatement = (call) => {
      if (!call.startsWith("MERGE") || failures-- <= 0) return undefined;
      lake.marks.set("2026-04-02", { source: whole.get("2026-04-02")?.source ?? "" });
      return faultOf("engine_unavailable", "another run was faster");
    };
    expect(await lake.run()).toMatchObject({ days_merged: 2, closed_through: "2026-04-05" });
    expect(lake.onDays()).toHaveLength(2);
  });

  test("for want of time ends the run without a failure, and the next run continues", async () => {
    const lake = world(["2026-03-31", "2026-04-01", "2026-05-01"]);
    lake.script.onStatement = (call) =>
      call.startsWith("MERGE 01") ? faultOf("engine_timeout", "stopped") : undefined;
    expect(await lake.run()).toMatchObject({
      outcome: "cut_off",
      days_due: 32,
      days_merged: 1,
      closed_through: "2026-03-31",
      days_behind: 31,
    });
    expect(lake.onDays()).toHaveLength(2);
    expect(lake.progress).toEqual(["1 of 32"]);
  });

  test("with an error of another kind is told by that error's own text", async () => {
    const lake = world(["2026-04-01"]);
    lake.script.onStatement = (call) =>
      call.startsWith("MERGE") ? { error: new TypeError("a programming error") } : undefined;
    await expect(lake.run()).rejects.toMatchObject({
      code: "days_failed",
      message: expect.stringContaining("2026-04-01: a programming error All other days"),
    });
    expect(lake.onDays()).toHaveLength(1);
  });
});

describe("a table of the first release", () => {
  /** The query of the marks fails until the column is there. */
  function lacking(error: Error) {
    const lake = world();
    let hasColumn = false;
    lake.script.onMarks = () => (hasColumn ? undefined : error);
    const add = (fault: Fault) => {
      lake.script.onStatement = (call) => {
        if (!call.startsWith("ALTER")) return undefined;
        hasColumn = fault === undefined;
        return fault;
      };
    };
    add(undefined);
    return { ...lake, add };
  }

  test("gets the column that it lacks", async () => {
    const lake = lacking(internalError("the column is missing"));
    expect(await lake.run()).toMatchObject({ outcome: "caught_up", days_merged: 5 });
    expect(lake.calls.slice(0, 2)).toEqual(["CREATE until 900", "ALTER until 900"]);
  });

  test("that cannot be read for another cause fails with that cause", async () => {
    const lake = lacking(internalError("no such bucket"));
    lake.add(faultOf("internal_error", "the column exists"));
    let reads = 0;
    lake.script.onMarks = () => internalError(`no such bucket, at read ${++reads}`);
    await expect(lake.run()).rejects.toMatchObject({ cause: { message: "no such bucket, at read 1" } });
  });

  test.each([
    ["is busy", new ServiceError("engine_unavailable", "busy")],
    ["has no time", new ServiceError("engine_timeout", "stopped")],
    ["has an internal error", new TypeError("not a row")],
  ])("is not altered when the engine %s", async (_, error) => {
    const lake = lacking(error);
    await expect(lake.run()).rejects.toBe(error);
    expect(lake.calls).toEqual(["CREATE until 900"]);
  });
});

test("a run tells the broken records by day, the oldest first, and the tables with broken rows", async () => {
  const lake = world();
  await lake.run();
  const broken = (each: string, text: string) =>
    lake.marks.set(each, { source: lake.marks.get(each)?.source ?? "", broken: text });
  broken("2026-04-02", "missing_call_id=2 invalid_agent_id=1");
  broken("2026-04-04", "invalid_call_id=4");
  broken("2026-04-05", "missing_recorded_at=5");
  lake.directory.push(["agents", "3"], ["organizations", "0"], ["resellers", "1"]);
  expect(await lake.run()).toMatchObject({
    broken_records: [
      { day: "2026-04-02", kind: "missing_call_id", records: 2 },
      { day: "2026-04-02", kind: "invalid_agent_id", records: 1 },
      { day: "2026-04-04", kind: "invalid_call_id", records: 4 },
      { day: "2026-04-05", kind: "missing_recorded_at", records: 5 },
    ],
    broken_directory_rows: [
      { table: "agents", rows: 3 },
      { table: "resellers", rows: 1 },
    ],
  });
});
