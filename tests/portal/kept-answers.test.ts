import { expect, test, vi } from "vitest";
import type { Question } from "../../portal/api.ts";
import { type ScriptedApi, scriptedApi } from "./scripted-api.ts";

const LINE = {
  organization_id: "o",
  organization_name: "Acme",
  reseller_id: "r",
  reseller_name: "North",
  total_voice_minutes: 1,
  agent_count: 0,
  agents: [],
};
const PERIOD = { start_date: "2026-04-01", end_date: "2026-04-30" };
const APRIL: Question = { kind: "live", start: PERIOD.start_date, end: PERIOD.end_date, resellers: [] };
const PATH = "/v1/reports/minutes-by-organization?start_date=2026-04-01&end_date=2026-04-30";
const BODY = { data: [LINE], period: PERIOD };
const signal = new AbortController().signal;

function load({ api }: ScriptedApi) {
  return api.report(APRIL).load(signal);
}

function known({ api }: ScriptedApi) {
  return api.report(APRIL).known();
}

/** An API that has answered once, with an entity tag. */
async function answeredOnce(): Promise<ScriptedApi> {
  const scripted = await scriptedApi();
  scripted.answers.set(PATH, { body: BODY, etag: '"one"' });
  const first = await load(scripted);
  expect(first).toMatchObject({ ok: true, value: { confirmedAt: undefined } });
  return scripted;
}

test("a kept answer is there at once, and a 304 confirms it", async () => {
  await using scripted = await answeredOnce();
  const first = known(scripted);
  const again = await load(scripted);
  expect(scripted.requests.map((request) => request.known)).toEqual([undefined, '"one"']);
  expect(again).toMatchObject({ ok: true, value: { at: first?.at, confirmedAt: expect.any(Date) } });
  // The same figures, not equal ones: nothing of the page is made again.
  expect(again.ok && again.value.value === first?.value).toBe(true);
  expect(known(scripted)?.confirmedAt).toEqual(expect.any(Date));
});

test("another answer replaces it", async () => {
  await using scripted = await answeredOnce();
  const data = [{ ...LINE, total_voice_minutes: 2 }];
  scripted.answers.set(PATH, { body: { ...BODY, data }, etag: '"two"' });
  const again = await load(scripted);
  expect(again).toMatchObject({ ok: true, value: { confirmedAt: undefined } });
  expect(known(scripted)?.value.organizations[0]?.seconds).toBe(120);
  await load(scripted);
  expect(scripted.requests.at(-1)?.known).toBe('"two"');
});

test("an answer without an entity tag is requested as a new one", async () => {
  await using scripted = await scriptedApi();
  scripted.answers.set(PATH, { body: BODY });
  await load(scripted);
  await load(scripted);
  expect(scripted.requests.map((request) => request.known)).toEqual([undefined, undefined]);
  scripted.api.forget();
  expect(known(scripted)).toBeUndefined();
});

test("forgetting keeps what the service can confirm", async () => {
  await using scripted = await answeredOnce();
  scripted.api.forget();
  expect(known(scripted)).toBeDefined();
});

test("another token never sees the answer, nor sends its entity tag", async () => {
  await using scripted = await answeredOnce();
  scripted.token = "south";
  expect(known(scripted)).toBeUndefined();
  await load(scripted);
  expect(scripted.requests.at(-1)).toEqual({ path: PATH, token: "south", known: undefined });
  // Nor does the first one, once it comes back.
  scripted.token = "north";
  expect(known(scripted)).toBeUndefined();
});

test("an expired token sees nothing, and sends nothing", async () => {
  await using scripted = await answeredOnce();
  scripted.token = undefined;
  expect(known(scripted)).toBeUndefined();
  expect(await load(scripted)).toEqual({ ok: false, failure: { kind: "session" } });
  expect(scripted.requests).toHaveLength(1);
  scripted.token = "north";
  expect(known(scripted)).toBeUndefined();
});

test("an answer that arrives after its token has ended is not kept", async () => {
  await using scripted = await answeredOnce();
  const loading = load(scripted);
  scripted.token = undefined;
  await loading;
  scripted.token = "north";
  expect(known(scripted)).toBeUndefined();
});

test.each([
  ["401: everything is dropped", 401, [false, false]],
  ["403: everything is dropped", 403, [false, false]],
  ["500: this answer is dropped", 500, [false, true]],
  ["404: this answer is dropped", 404, [false, true]],
  ["503: the service has not answered, so all are kept", 503, [true, true]],
  ["504: the service has not answered, so all are kept", 504, [true, true]],
])("after a %s", async (_, status, expected) => {
  await using scripted = await answeredOnce();
  scripted.answers.set("/v1/billing/snapshots", { body: { data: [] }, etag: '"months"' });
  await scripted.api.months().load(signal);
  scripted.answers.set(PATH, { status });
  expect(await load(scripted)).toMatchObject({ ok: false });
  const kept = [known(scripted), scripted.api.months().known()].map((answer) => answer !== undefined);
  expect(kept).toEqual(expected);
});

test("a service that cannot be reached keeps the answer, and is a failure", async () => {
  await using scripted = await answeredOnce();
  vi.stubGlobal("fetch", () => Promise.reject(new TypeError("Failed to fetch")));
  expect(await load(scripted)).toEqual({ ok: false, failure: { kind: "unreachable" } });
  expect(known(scripted)).toBeDefined();
});

test("a 304 that the page did not ask for is a failure", async () => {
  await using scripted = await scriptedApi();
  scripted.answers.set(PATH, { status: 304 });
  expect(await load(scripted)).toMatchObject({ ok: false, failure: { kind: "broken" } });
});
