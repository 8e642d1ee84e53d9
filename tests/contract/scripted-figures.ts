import * as fc from "fast-check";
import { minutesText, toSeconds } from "../../lib/minutes.ts";
import { type LocalServer, listen } from "../../local/listen.ts";

const ID = "0b9c8a34-3a5e-4c5b-9d8e-1f2a3b4c5d6e";
const PERIOD = { start_date: "2026-04-01", end_date: "2026-04-30" };

/** Seconds up to 10^15: values that a 32-bit float, an int32 or an int53 would lose, and any others. */
const SECONDS = [
  0,
  1,
  59,
  60,
  7_864_327,
  10 ** 15,
  ...[24, 31, 32, 48].flatMap((bits) => [2 ** bits - 1, 2 ** bits, 2 ** bits + 1]),
  ...fc.sample(
    fc.maxSafeNat().map((seconds) => seconds % (10 ** 15 + 1)),
    { numRuns: 1_000, seed: 20_260_401 },
  ),
  ...fc.sample(fc.nat(100_000_000), { numRuns: 1_000, seed: 20_260_401 }),
];
const ADJUSTMENTS = SECONDS.map((before, at) => [before, SECONDS.at(at - 1) ?? 0] as const);

/** The output that a client must have: exact seconds, and each adjustment's seconds before, after and between. */
export const EXPECTED_FIGURES = {
  seconds: SECONDS,
  adjustments: ADJUSTMENTS.map(([before, after]) => [before, after, after - before]),
};

/** An API whose report and closed month contain these figures. */
export function startScriptedFigures(): Promise<LocalServer> {
  const agents = SECONDS.map(
    (seconds) => `{"agent_id":"${ID}","agent_name":"a","voice_minutes":${minutesText(toSeconds(seconds))}}`,
  );
  const organization =
    `{"organization_id":"${ID}","organization_name":"o","reseller_id":"${ID}","reseller_name":"r",` +
    `"total_voice_minutes":0,"agent_count":${agents.length},"agents":[${agents.join()}]}`;
  const report = `{"data":[${organization}],"period":${JSON.stringify(PERIOD)}}`;
  const month = JSON.stringify({
    data: [],
    period: PERIOD,
    revision: 2,
    as_of: "2026-05-04T06:00:00.000Z",
    adjustments: ADJUSTMENTS.map(([before, after]) => ({
      reseller_id: ID,
      organization_id: ID,
      agent_id: ID,
      seconds_before: before,
      seconds_after: after,
      seconds_delta: after - before,
    })),
    totals: {
      usage_lines: 0,
      usage_seconds: 0,
      usage_minutes: 0,
      adjustment_lines: ADJUSTMENTS.length,
      adjustment_seconds: ADJUSTMENTS.reduce((sum, [before, after]) => sum + after - before, 0),
      adjustment_minutes: 0,
    },
  });
  return listen(0, async (request, response) => {
    const isReport = request.url?.startsWith("/v1/reports/") ?? false;
    response.setHeader("content-type", "application/json").end(isReport ? report : month);
  });
}
