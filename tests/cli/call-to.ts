/** Calls the command with a scripted service. */
import { expect } from "vitest";
import { type CallOptions, call, DAYS } from "./call.ts";
import { answers, type Step, scriptedService } from "./scripted-service.ts";

export const REPORT = '{"data":[],"period":{"start_date":"2026-04-01","end_date":"2026-04-30"}}';
export const JSON_TYPE = { "content-type": "application/json" };
export const CSV_TYPE = { "content-type": "text/csv; charset=utf-8; header=present" };
/** A complete report. */
export const WHOLE = answers(200, REPORT, JSON_TYPE);

/** Calls a service that answers by these steps. */
export async function callTo(
  steps: readonly Step[],
  args: readonly string[] = [],
  options: CallOptions = {},
) {
  await using service = await scriptedService(...steps);
  const environment = { MINUTES_URL: service.url, MINUTES_TOKEN: "secret-token" };
  const called = await call([...DAYS, ...args], { environment, ...options });
  expect(called.stdout + called.stderr).not.toContain("secret-token");
  return { ...called, asked: service.asked };
}
