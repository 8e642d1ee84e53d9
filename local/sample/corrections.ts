import type { CallRecord } from "../lake/records.ts";
import type { Business } from "./directory.ts";
import type { Random } from "./random.ts";

const SECOND = 1_000;
const HOUR = 3_600 * SECOND;
const DAY = 24 * HOUR;

/** For this long after an organization changed hands, half of its calls are first recorded for the former owner. */
const HANDOVER = 3 * DAY;

/** A call as it really was, and the values that its records may confuse. */
interface Truth {
  readonly call: CallRecord;
  readonly businesses: readonly Business[];
  readonly random: Random;
}

/** What may happen to the records of a call, and to what share of all calls. The last record is the truth. */
const FATES: readonly { readonly share: number; readonly records: (truth: Truth) => CallRecord[] }[] = [
  { share: 0.02, records: ({ call }) => [inProgress(call), call] },
  // Its end was never recorded.
  { share: 0.0008, records: ({ call }) => [inProgress(call)] },
  // A clock was set back during the call.
  {
    share: 0.0002,
    records: ({ call, random }) => [{ ...call, duration_seconds: BigInt(-random.integer(1, 3_600)) }],
  },
  // Delivered days later, by a site that was offline.
  { share: 0.002, records: ({ call, random }) => [recordedLater(call, random)] },
  // The duration was wrong.
  {
    share: 0.012,
    records: ({ call, random }) => [
      { ...call, duration_seconds: BigInt(random.integer(0, 1_200)) },
      recordedLater(call, random),
    ],
  },
  // In the end no agent took it.
  {
    share: 0.003,
    records: ({ call, random }) => [call, { ...recordedLater(call, random), agent_id: null }],
  },
  // It was recorded for another organization of the reseller, or for another reseller's.
  { share: 0.002, records: (truth) => misbooked(truth, (other) => other === truth.call.reseller_id) },
  { share: 0.001, records: (truth) => misbooked(truth, (other) => other !== truth.call.reseller_id) },
];

/** Generates the records of a call in the order in which they were made, including those that arrive late. */
export function recordsOver(truth: Truth, { formerly }: Business): CallRecord[] {
  const { call, random } = truth;
  const age = call.started_at.getTime() - Date.parse(formerly?.until ?? call.dt);
  if (formerly !== undefined && age >= 0 && age < HANDOVER && random.next() < 0.5) {
    return [{ ...call, reseller_id: formerly.reseller_id }, recordedLater(call, random)];
  }
  let left = random.next();
  for (const { share, records } of FATES) {
    left -= share;
    if (left < 0) return records(truth);
  }
  return [call];
}

/** The record of a call that is still in progress. */
export function inProgress(call: CallRecord): CallRecord {
  return {
    ...call,
    duration_seconds: null,
    recorded_at: new Date(call.started_at.getTime() + SECOND),
  };
}

/**
 * Copies a record with a time one hour to two days later. Some are after the month was billed, at 06:00 on the fourth
 * day of the next month.
 */
function recordedLater(call: CallRecord, random: Random): CallRecord {
  const { started_at } = call;
  const billed = Date.UTC(started_at.getUTCFullYear(), started_at.getUTCMonth() + 1, 4, 6);
  const recorded_at =
    random.next() < 0.15
      ? billed + random.integer(0, 5 * DAY)
      : call.recorded_at.getTime() + random.integer(HOUR, 2 * DAY);
  return { ...call, recorded_at: new Date(recorded_at) };
}

function misbooked(
  { call, businesses, random }: Truth,
  isCandidate: (resellerId: string) => boolean,
): CallRecord[] {
  const others = businesses.filter(
    (other) => isCandidate(other.reseller_id) && other.organization_id !== call.organization_id,
  );
  const { reseller_id, organization_id, agent_ids } = random.pick(others.filter(({ weight }) => weight > 5));
  return [
    { ...call, reseller_id, organization_id, agent_id: random.pick(agent_ids) },
    recordedLater(call, random),
  ];
}
