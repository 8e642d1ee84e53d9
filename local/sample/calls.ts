import type { CallRecord } from "../lake/records.ts";
import { inProgress, recordsOver } from "./corrections.ts";
import type { Business } from "./directory.ts";
import { type Random, randomFrom } from "./random.ts";

const FIRST_DAY = Date.UTC(2026, 1, 1);

/** The instant at which the sample was taken. Nothing in it was recorded later. */
export const SAMPLED_AT = Date.UTC(2026, 4, 11);

const SECOND = 1_000;
const HOUR = 3_600 * SECOND;
const DAY = 24 * HOUR;

/** Calls of an ordinary working day. */
const CALLS_A_DAY = 3_960;

/** Weights from Sunday, relative to a working day. */
const WEEKDAYS = [0.1, 1.08, 1.02, 1, 0.98, 0.92, 0.28];

/** Share of the calls by hour (UTC): office hours with a dip at noon, few calls in the evening, hardly any at night. */
const HOURS = [2, 1, 1, 1, 2, 5, 14, 40, 85, 108, 112, 100, 62, 80, 104, 106, 92, 66, 36, 22, 15, 9, 6, 3];

/** Generates all records of all calls from 2026-02-01 until the sample was taken, day by day. */
export function sampleCalls(businesses: readonly Business[]): CallRecord[] {
  const records: CallRecord[] = [];
  for (let day = FIRST_DAY; day < SAMPLED_AT; day += DAY) {
    const dt = new Date(day).toISOString().slice(0, 10);
    const random = randomFrom(`calls of ${dt}`);
    const weights = businesses.map((business) => (dt >= (business.closed ?? "9999") ? 0 : business.weight));
    const pickHour = picker(HOURS, random);
    const pickBusiness = picker(weights, random);
    const ordinary = CALLS_A_DAY * (WEEKDAYS[new Date(day).getUTCDay()] ?? 1);
    for (let left = Math.round(ordinary * (0.94 + 0.12 * random.next())); left > 0; left -= 1) {
      const business = businesses[pickBusiness()];
      if (business === undefined) continue;
      const started_at = new Date(day + pickHour() * HOUR + random.integer(0, HOUR - 1));
      records.push(...recordsOf(callOf(business, dt, started_at, random), business, businesses, random));
    }
  }
  return records;
}

/** What the platform has recorded of one call when the sample is taken, with copies. */
function recordsOf(
  call: CallRecord,
  business: Business,
  businesses: readonly Business[],
  random: Random,
): CallRecord[] {
  const history = recordsOver({ call, businesses, random }, business);
  const records = history.filter((record) => record.recorded_at.getTime() < SAMPLED_AT);
  if (records.length === 0) records.push(inProgress(call));
  for (const share of [0.012, 0.001]) {
    if (random.next() < share) records.push(random.pick(records));
  }
  return records;
}

/** A call as it really was, recorded a moment after it ended. */
function callOf(business: Business, dt: string, started_at: Date, random: Random): CallRecord {
  const { formerly } = business;
  const seconds = secondsOfCall(random);
  return {
    call_id: random.uuid(),
    reseller_id: formerly !== undefined && dt < formerly.until ? formerly.reseller_id : business.reseller_id,
    organization_id: business.organization_id,
    agent_id: random.next() < 0.04 ? null : busyAgent(business.agent_ids, random),
    started_at,
    duration_seconds: BigInt(seconds),
    recorded_at: new Date(started_at.getTime() + seconds * SECOND + random.integer(400, 20_000)),
    dt,
  };
}

/** Half of all calls are shorter than two and a half minutes, one in a hundred is longer than twenty. */
function secondsOfCall(random: Random): number {
  return Math.min(7_200, Math.round(148 * Math.exp(0.92 * random.normal())));
}

/** The first agent of a team takes the most calls. */
function busyAgent(agentIds: readonly string[], random: Random): string | null {
  return agentIds[Math.floor(agentIds.length * random.next() ** 1.4)] ?? null;
}

/** Picks an index with a probability proportional to its weight. */
function picker(weights: readonly number[], random: Random): () => number {
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return () => {
    let left = random.next() * total;
    return weights.findIndex((weight) => {
      left -= weight;
      return left < 0;
    });
  };
}
