import { describe, expect, test } from "vitest";
import { billingSnapshot } from "../../functions/billing-snapshot/handler.ts";
import { reportsApi } from "../../functions/reports/handler.ts";
import { usageRollup } from "../../functions/usage-rollup/handler.ts";
import { REPORTS } from "../../lib/reports/table.ts";
import { memoryStore } from "../lib/billing/memory-store.ts";
import { month } from "../lib/billing/valid.ts";
import { gatewayEvent, invocation } from "../lib/http/events.ts";
import { day } from "../lib/valid.ts";

const LONG = "x".repeat(300_000);
const BY_HAND = { period: "2026-04", as_of: "2026-05-04T06:00:00Z" };
const DAYS = Array.from({ length: 20_000 }, (_, at) => new Date(at * 86_400_000).toISOString().slice(0, 10));
const MEMBERS = Object.fromEntries(DAYS.map((name) => [name, name]));

/** Runs a function on a manual event; returns what it threw and logged. */
async function runByHand(run: (write: (line: string) => void) => unknown) {
  const lines: string[] = [];
  const failure: unknown = await Promise.resolve()
    .then(() => run((line) => void lines.push(line)))
    .then(
      () => undefined,
      (error: unknown) => error,
    );
  return { lines, thrown: failure instanceof Error ? failure.message : "" };
}

const unused = () => {
  throw new Error("an invalid event starts nothing");
};
const now = () => Date.UTC(2026, 4, 10);
const earliestDate = day("2020-01-01");

const FUNCTIONS: Readonly<Record<string, (write: (line: string) => void, event: unknown) => unknown>> = {
  "billing-snapshot": (write, event) =>
    billingSnapshot({
      query: unused,
      store: memoryStore(),
      graceDays: 3,
      earliestDate,
      billFrom: month("2026-04"),
      lookBackMonths: 12,
      toleratedBrokenRecords: 0,
      now,
      write,
    })(event, invocation()),
  "usage-rollup": (write, event) =>
    usageRollup({
      query: unused,
      execute: unused,
      list: unused,
      state: { read: unused, write: unused },
      firstState: { read: unused, write: unused },
      lake: "s3://lake/",
      table: "s3://rollup/",
      earliestDate,
      now,
      write,
    })(event, invocation()),
  reports: (write, event) => {
    const limits = { earliestDate, maxRangeDays: 366 };
    const handler = reportsApi({ reports: REPORTS, query: unused, limits, resellerClaim: "r", now, write });
    return Reflect.apply(handler, undefined, [event, invocation()]);
  },
};

const { requestContext, ...event } = gatewayEvent({});
const EVENTS: readonly [string, unknown][] = [
  ["a long member", { ...BY_HAND, [LONG]: 1 }],
  ["many members", { ...BY_HAND, ...MEMBERS }],
  ["a long member of the schedule's", { scheduled_time: BY_HAND.as_of, [LONG]: 1 }],
  ["long values", { period: LONG, as_of: LONG, task: LONG, bill: LONG, reason: LONG }],
  ["many days", { ...BY_HAND, allow_missing_days: DAYS, reason: "All of them." }],
  ["many days to empty", { task: LONG, allow_empty_days: DAYS }],
  ["a long text", LONG],
  ["a long request id", { ...event, requestContext: { ...requestContext, requestId: LONG } }],
  ["a long method", { ...event, requestContext: { ...requestContext, http: { method: LONG } } }],
  ["a long header that is not text", { ...event, requestContext, headers: { [LONG]: 1 } }],
  [
    "many headers that are not text",
    { ...event, requestContext, headers: Object.fromEntries(DAYS.map((name) => [name, 1])) },
  ],
  ["a long path", { ...event, requestContext, rawPath: LONG }],
];

describe.for(Object.entries(FUNCTIONS))("%s", ([, run]) => {
  test.for(EVENTS)("logs and throws little about an event with %s", async ([, sent]) => {
    const { lines, thrown } = await runByHand((write) => run(write, sent));
    expect(lines).toHaveLength(1);
    expect(lines[0]?.length).toBeLessThan(10_000);
    expect(lines[0]).not.toContain(LONG.slice(0, 201));
    expect(thrown.length).toBeLessThan(1_000);
  });
});
