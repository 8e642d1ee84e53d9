/**
 * Finds what breaks the contract of the lake, record by record, with plain loops: no SQL and no code of the service.
 * Tests compare it with what the rollup and the bill report.
 */
import type { CallRecord, Lake, RawCallRecord } from "../local/lake/records.ts";
import { recordsThatCount } from "./oracle.ts";

/** Counts by `day kind`. */
export type Counts = Map<string, number>;

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** The checks of a call's id: its shape and its case, not each digit. */
function looksLikeUuid(text: string): boolean {
  return /^.{8}-.{4}-.{4}-.{4}-.{12}$/u.test(text) && text === text.toLowerCase();
}

/** The first problem of a record; undefined for a valid one. */
export function brokenKind(record: RawCallRecord): string | undefined {
  const { call_id, recorded_at, reseller_id, organization_id, agent_id } = record;
  if (call_id === null) return "missing_call_id";
  if (!looksLikeUuid(call_id)) return "invalid_call_id";
  if (recorded_at === null) return "missing_recorded_at";
  if (reseller_id === null) return "missing_reseller_id";
  if (!UUID.test(reseller_id)) return "invalid_reseller_id";
  if (organization_id === null) return "missing_organization_id";
  if (!UUID.test(organization_id)) return "invalid_organization_id";
  if (agent_id !== null && !UUID.test(agent_id)) return "invalid_agent_id";
  return undefined;
}

/** The lake without its broken records, from which every figure is computed. */
export function soundPart({ call_usage, ...directory }: Lake<RawCallRecord>): Lake {
  return { ...directory, call_usage: call_usage.flatMap(soundRecord) };
}

/** The record in a valid form. A null `started_at` sorts last among ties, and so does 9999. */
function soundRecord(record: RawCallRecord): CallRecord[] {
  const { call_id, reseller_id, organization_id, recorded_at, started_at } = record;
  if (brokenKind(record) !== undefined) return [];
  if (call_id === null || reseller_id === null || organization_id === null || recorded_at === null) return [];
  const ids = { call_id, reseller_id, organization_id };
  return [{ ...record, ...ids, recorded_at, started_at: started_at ?? new Date("9999-12-31") }];
}

/** Counts the broken records of each day, by kind. */
export function brokenRecords(records: readonly RawCallRecord[]): Counts {
  const counts: Counts = new Map();
  for (const record of records) {
    const kind = brokenKind(record);
    if (kind !== undefined) add(counts, record.dt, kind);
  }
  return counts;
}

/** Finds everything that keeps a month from being closed as of an instant, by day of the month and kind. */
export function expectedFindings(
  lake: Lake<RawCallRecord>,
  { month, as_of, future_from }: { month: string; as_of: string; future_from: string },
): Counts {
  const cutoff = Date.parse(as_of);
  const inTime = lake.call_usage.filter(
    ({ recorded_at }) => recorded_at === null || recorded_at.getTime() < cutoff,
  );
  const counts = brokenRecords(inTime.filter(({ dt }) => dt.startsWith(month)));
  const days = [...new Set(lake.call_usage.map(({ dt }) => dt))];
  const byDay = new Map(days.map((dt) => [dt, countedOn(inTime, dt)]));
  const [dayBefore, dayAfter] = daysAround(month);
  for (const dt of days.filter((day) => day.startsWith(month))) {
    const counted = byDay.get(dt) ?? [];
    const elsewhere = days.filter(
      (day) => day !== dt && (day.startsWith(month) || day === dayBefore || day === dayAfter),
    );
    for (const call of counted) {
      const isTwice = elsewhere.some((day) =>
        (byDay.get(day) ?? []).some(({ call_id }) => call_id === call.call_id),
      );
      if (isTwice) add(counts, dt, "call_on_two_days");
      const isReplacedByBroken = inTime.some(
        (record) =>
          record.dt === dt &&
          record.call_id === call.call_id &&
          brokenKind(record) !== undefined &&
          (record.recorded_at?.getTime() ?? 0) >= call.recorded_at.getTime(),
      );
      if (isReplacedByBroken) add(counts, dt, "latest_record_broken");
      if (call.started_at.toISOString().slice(0, 10) !== dt) add(counts, dt, "dt_differs_from_started_at");
    }
    const inProgress = counted.filter(({ duration_seconds }) => duration_seconds === null).length;
    if (inProgress > counted.length / 20) counts.set(`${dt} duration_missing`, inProgress);
  }
  for (const { dt, recorded_at } of lake.call_usage) {
    const isOfFuture = recorded_at !== null && recorded_at.getTime() >= Date.parse(future_from);
    if (isOfFuture && dt.startsWith(month)) add(counts, dt, "recorded_in_the_future");
  }
  return counts;
}

/** The calls of a day that count. */
function countedOn(records: readonly RawCallRecord[], dt: string): CallRecord[] {
  const sound = records.filter((record) => record.dt === dt).flatMap(soundRecord);
  return [...recordsThatCount(sound, { start_date: dt, end_date: dt })];
}

/** The last day before the month and the first after it. */
function daysAround(month: string): [string, string] {
  const [year = 0, number = 0] = month.split("-").map(Number);
  const day = (date: Date) => date.toISOString().slice(0, 10);
  return [day(new Date(Date.UTC(year, number - 1, 0))), day(new Date(Date.UTC(year, number, 1)))];
}

function add(counts: Counts, day: string, kind: string): void {
  counts.set(`${day} ${kind}`, (counts.get(`${day} ${kind}`) ?? 0) + 1);
}
