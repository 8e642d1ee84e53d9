import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { Day } from "../../../lib/period.ts";
import { markDigest, type RecordedDay, readInFlux, readState } from "../../../lib/rollup/coverage.ts";
import { readFirstState } from "../../../lib/rollup/first-state.ts";
import { type Publication, publish } from "../../../lib/rollup/publication.ts";
import { sourceOf } from "../../../lib/usage/rolled-days.ts";
import { withoutWaiting } from "../athena/scripted-athena.ts";
import { day } from "../valid.ts";
import { memoryState } from "./memory-state.ts";

vi.mock("node:timers/promises", () => import("../athena/fake-sleep.ts"));

beforeEach(() => void vi.useFakeTimers({ now: 0 }));
afterEach(() => void vi.useRealTimers());

const LAKE = "s3://lake/";
const [FIRST, SECOND] = [day("2026-04-01"), day("2026-04-02")];

function table(...marks: readonly (readonly [Day, string])[]): ReadonlyMap<Day, RecordedDay> {
  const source = (id: string) => `${sourceOf(LAKE, "files")} ${id}`;
  return new Map(
    marks.map(([each, id]) => [each, { day: each, source: source(id), marks: 1, broken: new Map() }]),
  );
}

function world() {
  const [state, firstState] = [memoryState(), memoryState()];
  const run = (id: string, now: number): Publication => ({
    lake: LAKE,
    state,
    firstState,
    run: id,
    until: 900,
    now: () => now,
  });
  return { state, firstState, run };
}

const look = (recorded: ReadonlyMap<Day, RecordedDay>, changing: readonly Day[] = []) => ({
  recorded,
  from: FIRST,
  changing,
});

describe("a publication", () => {
  test("takes the days out that the run is about to change, and puts them back once it has read their marks", async () => {
    const { state, firstState, run } = world();
    const before = table([FIRST, "a"], [SECOND, "a"]);
    await publish(run("1", 0), async () => look(before, [SECOND]));
    expect([...(readState(state.text(), LAKE)?.digests.keys() ?? [])]).toEqual([FIRST]);
    // Reports may still read the day from the table, which has it before the merge and after it.
    expect(readState(state.text(), LAKE)?.end).toBe(SECOND);

    const after = table([FIRST, "a"], [SECOND, "b"]);
    await publish(run("1", 1), async () => look(after));
    const digest = markDigest(after.get(SECOND)?.source ?? "");
    expect(readState(state.text(), LAKE)?.digests.get(SECOND)).toBe(digest);
    expect(readFirstState(firstState.text(), LAKE)).toMatchObject({ start: FIRST, end: SECOND });
  });

  test("leaves the days of another run in flux until that run has ended, also where it died", async () => {
    const { state, run } = world();
    const recorded = table([FIRST, "a"], [SECOND, "a"]);
    await publish(run("dies", 0), async () => look(recorded, [SECOND]));
    await publish(run("2", 899), async () => look(recorded));
    expect(readInFlux(state.text())).toEqual([{ run: "dies", until: 900, days: [SECOND] }]);
    await publish(run("3", 900), async () => look(recorded));
    expect(readInFlux(state.text())).toEqual([]);
  });

  test("never replaces what another run has published since the marks were read: both are read again", async () => {
    const { state, run } = world();
    const [older, newer] = [table([FIRST, "a"]), table([FIRST, "b"])];
    let looks = 0;
    const slow = publish(run("slow", 0), async () => {
      looks += 1;
      if (looks > 1) return look(newer);
      await publish(run("fast", 0), async () => look(newer));
      return look(older);
    });
    const published = await withoutWaiting(slow);
    expect(looks).toBe(2);
    expect(published.seen.recorded).toBe(newer);
    expect(readState(state.text(), LAKE)?.digests.get(FIRST)).toBe(
      markDigest(newer.get(FIRST)?.source ?? ""),
    );
  });

  test("that another run overtakes ten times fails", async () => {
    const { state, firstState, run } = world();
    const recorded = table([FIRST, "a"]);
    let writes = 0;
    const write = async () => {
      writes += 1;
      return false;
    };
    const overtaken = publish({ ...run("1", 0), state: { ...state, write } }, async () => look(recorded));
    await expect(withoutWaiting(overtaken)).rejects.toMatchObject({
      code: "internal_error",
      cause: { message: "Other runs changed the rollup's state each time." },
    });
    expect(writes).toBe(10);
    expect(firstState.text()).toBe("");
  });

  test("writes neither object again if nothing has changed", async () => {
    const { state, firstState, run } = world();
    const recorded = table([FIRST, "a"]);
    await publish(run("1", 0), async () => look(recorded));
    const before = [await state.read(), await firstState.read()];
    await publish(run("2", 0), async () => look(recorded));
    expect([await state.read(), await firstState.read()]).toEqual(before);
  });
});
