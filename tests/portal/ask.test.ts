import { describe, expect, test } from "vitest";
import { type Asked, ask, type Wanted } from "../../portal/ask.ts";
import { monthOf } from "../../portal/report.ts";
import { type ScriptedApi, scriptedApi } from "./scripted-api.ts";

const MONTHS = "/v1/billing/snapshots";
const BILLS = "/v1/billing/bills";
const RANGES = { "2026-03": ["2026-03-01", "2026-03-31"], "2026-04": ["2026-04-01", "2026-04-30"] } as const;
type Known = keyof typeof RANGES;

const WANTED: Wanted = {
  days: { kind: "month", month: monthOf("2026-04") },
  figures: "billed",
  revision: undefined,
  resellers: [],
};
const TODAY = "2026-06-15";

function pathOf(kind: "organization" | "day", month: Known): string {
  const [start, end] = RANGES[month];
  return `/v1/reports/minutes-by-${kind}?start_date=${start}&end_date=${end}`;
}

function report(month: Known, minutes: number) {
  const [start_date, end_date] = RANGES[month];
  const line = {
    organization_id: "o",
    organization_name: "Acme",
    reseller_id: "r",
    reseller_name: "North",
    total_voice_minutes: minutes,
    agent_count: 0,
    agents: [],
  };
  return { data: [line], period: { start_date, end_date } };
}

function days(month: Known) {
  const [, last] = RANGES[month];
  const data = Array.from({ length: Number(last.slice(8)) }, (_, index) => ({
    date: `${month}-${String(index + 1).padStart(2, "0")}`,
    total_voice_minutes: 1,
    call_count: 1,
  }));
  return { data };
}

/** An API with two open months, each answer with an entity tag. */
async function openMonths(): Promise<ScriptedApi> {
  const scripted = await scriptedApi();
  const { answers } = scripted;
  answers.set(MONTHS, { body: { data: [] }, etag: '"months"' });
  answers.set(BILLS, { body: { data: [], pending: [] }, etag: '"bills"' });
  for (const month of ["2026-03", "2026-04"] as const) {
    answers.set(pathOf("organization", month), { body: report(month, 30), etag: `"${month}"` });
    answers.set(pathOf("day", month), { body: days(month), etag: `"days ${month}"` });
  }
  return scripted;
}

/** Each result that `ask` passes to the page for April. */
async function told({ api }: ScriptedApi, wanted = WANTED): Promise<Asked[]> {
  const all: Asked[] = [];
  const asking = ask(api, wanted, TODAY, new AbortController().signal, (asked) => all.push(asked));
  // `ask` passes on what is in memory before it waits for a request.
  const atOnce = all.length;
  await asking;
  expect(atOnce).toBeLessThanOrEqual(1);
  return all;
}

/** What the page says at each moment: the figures, the parts, and whether they are confirmed. */
function said(asked: Asked) {
  if (asked.kind === "failed") return `failed: ${asked.failure.kind}`;
  const { present, previous, trend, check, confirmedAt } = asked.shown;
  const seconds = present.organizations[0]?.seconds;
  const state = typeof check === "object" ? `not confirmed: ${check.kind}` : check;
  return `${seconds} s, before ${previous.kind}, trend ${trend.kind}, ${state}${confirmedAt ? ", confirmed" : ""}`;
}

describe("a view that is opened again", () => {
  test("is shown at once and whole, and 304s confirm it", async () => {
    await using scripted = await openMonths();
    const first = await told(scripted);
    expect(first.map(said).at(0)).toBe("1800 s, before loading, trend loading, done");
    scripted.requests.length = 0;
    const again = (await told(scripted)).map(said);
    expect(again[0]).toBe("1800 s, before there, trend there, running");
    expect(again.slice(1, -1).every((each) => each.includes("before there, trend there, running"))).toBe(
      true,
    );
    expect(again.at(-1)).toBe("1800 s, before there, trend there, done, confirmed");
    expect(scripted.requests.every(({ known }) => known !== undefined)).toBe(true);
    expect(scripted.requests.map(({ path }) => path).toSorted()).toEqual(
      [
        MONTHS,
        pathOf("day", "2026-03"),
        pathOf("day", "2026-04"),
        pathOf("organization", "2026-03"),
        pathOf("organization", "2026-04"),
      ].toSorted(),
    );
  });

  test("is replaced by another answer, and no part of the old one stays beside it", async () => {
    await using scripted = await openMonths();
    await told(scripted);
    scripted.answers.set(pathOf("organization", "2026-04"), { body: report("2026-04", 31), etag: '"new"' });
    const again = (await told(scripted)).map(said);
    expect(again[0]).toBe("1800 s, before there, trend there, running");
    expect(again[1]).toBe("1860 s, before loading, trend loading, done");
    expect(again.at(-1)).toBe("1860 s, before there, trend there, done");
  });

  test.each([
    [503, "not confirmed: busy"],
    [504, "not confirmed: slow"],
    [511, "not confirmed: intercepted"],
  ])("stays, marked as not confirmed, if the service answers its report with %i", async (status, mark) => {
    await using scripted = await openMonths();
    await told(scripted);
    scripted.answers.set(pathOf("organization", "2026-04"), { status });
    const again = (await told(scripted)).map(said);
    expect(again.at(-1)).toBe(`1800 s, before there, trend there, ${mark}`);
    expect(again.some((each) => each.endsWith("confirmed") && !each.includes("not"))).toBe(false);
  });

  test("stays, marked as not confirmed, if the list of months cannot be requested", async () => {
    await using scripted = await openMonths();
    await told(scripted);
    scripted.answers.set(MONTHS, { status: 503 });
    expect((await told(scripted)).map(said).at(-1)).toBe(
      "1800 s, before there, trend there, not confirmed: busy",
    );
  });

  test("has nothing loading in it if it cannot be confirmed", async () => {
    await using scripted = await openMonths();
    await told(scripted, { ...WANTED, days: { kind: "month", month: monthOf("2026-03") } });
    await scripted.api
      .report({ kind: "live", start: "2026-04-01", end: "2026-04-30", resellers: [] })
      .load(new AbortController().signal);
    scripted.answers.clear();
    for (const path of [MONTHS, pathOf("organization", "2026-04")])
      scripted.answers.set(path, { status: 503 });
    const again = (await told(scripted)).map(said);
    expect(again).toEqual([
      "1800 s, before there, trend loading, running",
      "1800 s, before there, trend none, not confirmed: busy",
    ]);
  });

  test.each([
    [401, "session"],
    [403, "forbidden"],
    [404, "not-found"],
    [500, "broken"],
  ])("gives way to the failure if the service answers with %i", async (status, kind) => {
    await using scripted = await openMonths();
    await told(scripted);
    scripted.answers.set(pathOf("organization", "2026-04"), { status });
    expect((await told(scripted)).map(said).at(-1)).toBe(`failed: ${kind}`);
    // Nor is it shown when it is opened once more.
    expect((await told(scripted)).map(said)).toEqual([`failed: ${kind}`]);
  });

  test("says so in place of a part that cannot be confirmed", async () => {
    await using scripted = await openMonths();
    await told(scripted);
    scripted.answers.set(pathOf("organization", "2026-03"), { status: 503 });
    scripted.answers.set(pathOf("day", "2026-04"), { status: 503 });
    expect((await told(scripted)).map(said).at(-1)).toBe("1800 s, before none, trend none, done, confirmed");
  });

  test("becomes the statement of a month that was closed meanwhile", async () => {
    await using scripted = await openMonths();
    await told(scripted);
    const closed = { period: "2026-04", revision: 1, as_of: "2026-05-04T06:00:00Z" };
    scripted.answers.set(MONTHS, { body: { data: [closed] }, etag: '"closed"' });
    scripted.answers.set(`${MONTHS}/2026-04`, {
      body: { ...report("2026-04", 29), revision: 1, as_of: closed.as_of, adjustments: [] },
      etag: '"statement"',
    });
    const last = (await told(scripted)).at(-1);
    expect(last).toMatchObject({
      shown: { question: { kind: "billed" }, present: { billed: { revision: 1 } }, check: "done" },
    });
  });

  test("of other days is not shown", async () => {
    await using scripted = await openMonths();
    await told(scripted);
    const other: Wanted = { ...WANTED, days: { kind: "range", start: "2026-04-01", end: "2026-04-29" } };
    expect((await told(scripted, other)).map(said)).toEqual(["failed: not-found"]);
  });
});
