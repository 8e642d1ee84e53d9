import type { FindingKind } from "../../lib/billing/findings.ts";
import { isMonth, type Month, periodOf, toInstant } from "../../lib/billing/month.ts";
import { COUNT_CONDITIONS, type DayRow, FAULT_COLUMNS, monthQuery } from "../../lib/billing/query.ts";
import { findingsOf } from "../../lib/billing/soundness.ts";
import { addDays, type Day } from "../../lib/period.ts";
import type { Query } from "../../lib/query.ts";
import { brokenDirectoryRows } from "../../lib/rollup/broken-records.ts";
import { allResellers } from "../../lib/scope/all-resellers.ts";
import { plain, sql, stringLiteral } from "../../lib/sql.ts";
import { rankedRecords } from "../../lib/usage/counted-calls.ts";
import { between } from "../../lib/usage/lake.ts";
import type { Finding } from "./finding.ts";

/** Runs a query over the lake. */
export type Ask = <Row>(query: Query<Row>) => AsyncIterable<readonly Row[]>;

/** What each kind means, and what to do. */
const MEANINGS: Readonly<Record<FindingKind, readonly [unit: "records" | "calls", detail: string]>> = {
  missing_call_id: ["records", "Records have no call_id, and do not count"],
  invalid_call_id: ["records", "Records have a call_id that is not a lower-case UUID, and do not count"],
  missing_recorded_at: ["records", "Records have no recorded_at, and do not count"],
  missing_reseller_id: ["records", "Records have no reseller_id, and do not count"],
  invalid_reseller_id: [
    "records",
    "Records have a reseller_id that is not a lower-case UUID, and do not count",
  ],
  missing_organization_id: ["records", "Records have no organization_id, and do not count"],
  invalid_organization_id: [
    "records",
    "Records have an organization_id that is not a lower-case UUID, and do not count",
  ],
  invalid_agent_id: [
    "records",
    "Records have an agent_id that is neither null nor a lower-case UUID, and do not count",
  ],
  latest_record_broken: ["calls", "Calls count by an earlier record, because their latest one is broken"],
  call_on_two_days: ["calls", "Calls have records in the folders of two days, and count on both"],
  dt_differs_from_started_at: [
    "calls",
    "Calls are in the folder of another day than that of their started_at",
  ],
  recorded_in_the_future: ["records", "Records have a recorded_at after tomorrow, and win over later ones"],
  duration_missing: ["calls", "More than one call in twenty has no duration_seconds, and counts 0 seconds"],
};

const ADVICE: Readonly<Partial<Record<FindingKind, string>>> = {
  call_on_two_days: "Keep all records of a call in the folder of the UTC day of its started_at.",
  dt_differs_from_started_at: "Write records to the folder of the UTC day of started_at, not of arrival.",
  recorded_in_the_future: "Correct the clock of the writer, and write the records again.",
  duration_missing: "Check that the column is named duration_seconds and filled when a call ends.",
};
const CORRECT = "Correct them at their source, and write the files of these days again.";

/**
 * Counts the records that break the contract, by day and kind, each with a sample. It reads month by month, as a bill
 * would, and a second time if it finds something.
 *
 * @param days days that have a file, the oldest first
 * @param now milliseconds since 1970
 */
export async function checkRecords(ask: Ask, days: readonly Day[], now: number): Promise<Finding[]> {
  const months = [...new Set(days.map((day) => day.slice(0, 7)))].filter(isMonth);
  const findings: Finding[] = [];
  for (const month of months) {
    try {
      findings.push(...(await checkMonth(ask, month, now)));
    } catch (error) {
      findings.push({
        level: "error",
        table: "call_usage",
        kind: "month_not_checked",
        subject: month,
        days: [],
        count: 1,
        unit: "months",
        detail: `The records of ${month} could not be read: ${innermost(error)}`,
        advice: "Repair the file first, then run this command again.",
      });
    }
  }
  return findings;
}

async function checkMonth(ask: Ask, month: Month, now: number): Promise<Finding[]> {
  const futureFrom = toInstant(now + 86_400_000);
  const days: DayRow[] = [];
  const query = monthQuery({ scope: allResellers(), month, asOf: futureFrom, futureFrom });
  for await (const batch of ask(query)) {
    for (const row of batch) if (row.level === "day") days.push(row);
  }
  const found = findingsOf(days);
  if (found.length === 0) return [];
  const kinds = [...new Set(found.map(({ kind }) => kind))];
  const samples = new Map<string, string>();
  for await (const batch of ask(sampleQuery(month, kinds, futureFrom))) {
    for (const { day, kind, sample } of batch) samples.set(`${day} ${kind}`, sample);
  }
  return found.map(({ day, kind, count }) => {
    const [unit, detail] = MEANINGS[kind];
    const sample = samples.get(`${day} ${kind}`);
    const advice = ADVICE[kind] ?? CORRECT;
    return { level: "error", table: "call_usage", kind, days: [day], count, unit, sample, detail, advice };
  });
}

interface Sample {
  readonly day: string;
  readonly kind: string;
  readonly sample: string;
}

/** Finds one record of each day and kind. */
function sampleQuery(month: Month, kinds: readonly FindingKind[], futureFrom: string): Query<Sample> {
  const period = periodOf(month);
  const around = { start: addDays(period.start, -1), end: addDays(period.end, 1) };
  const selects = kinds.map(
    (kind) => `SELECT dt, ${stringLiteral(kind)} AS kind, call_id, recorded_at
  FROM ranked_records WHERE ${conditionOf(kind, futureFrom)}`,
  );
  const { text, parameters } = sql`
WITH ${rankedRecords(between("dt", around), { columns: FAULT_COLUMNS })},
found AS (
  ${plain(selects.join("\n  UNION ALL\n  "))}
)
SELECT dt, kind, min(call_id) AS call_id, CAST(min(recorded_at) AS varchar) AS recorded_at
FROM found
WHERE ${between("dt", period)}
GROUP BY dt, kind
ORDER BY dt, kind`;
  return {
    text: text.trim(),
    parameters,
    columns: ["dt", "kind", "call_id", "recorded_at"],
    parseRow: ([day, kind, callId, recordedAt]) => ({
      day: day ?? "",
      kind: kind ?? "",
      sample: typeof callId === "string" ? `call_id ${callId}` : `recorded_at ${recordedAt ?? "null"}`,
    }),
  };
}

function conditionOf(kind: FindingKind, futureFrom: string): string {
  if (kind === "recorded_in_the_future") {
    return `recorded_at >= TIMESTAMP '${futureFrom.replace("T", " ").replace("Z", "")}'`;
  }
  const condition = COUNT_CONDITIONS[kind === "duration_missing" ? "in_progress" : kind];
  if (condition === undefined) throw new RangeError(`${kind} has no condition`);
  return condition;
}

/** Checks the ids of the directory. */
export async function checkDirectory(ask: Ask): Promise<Finding[]> {
  const findings: Finding[] = [];
  for await (const batch of ask(brokenDirectoryRows())) {
    for (const { table, rows } of batch) {
      if (rows === 0) continue;
      findings.push({
        level: "error",
        table,
        kind: "invalid_id",
        days: [],
        count: rows,
        unit: "rows",
        detail: "Rows have an id that is missing or not a lower-case UUID. No report shows them",
        advice: "Correct them at their source, and write the table again.",
      });
    }
  }
  return findings;
}

function innermost(error: unknown): string {
  let inner = error;
  while (inner instanceof Error && inner.cause instanceof Error) inner = inner.cause;
  return (inner instanceof Error ? inner.message : String(inner)).replace(/\.$/, "");
}
