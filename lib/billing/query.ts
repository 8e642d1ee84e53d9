import { type Seconds, toSeconds } from "../minutes.ts";
import { addDays, type Day, isDay } from "../period.ts";
import type { Query } from "../query.ts";
import type { AllResellers } from "../scope/all-resellers.ts";
import { and, type Fragment, plain, sql } from "../sql.ts";
import {
  BROKEN_RECORD_KINDS,
  COUNTED_SECONDS,
  COUNTS,
  isBroken,
  LATEST_FIRST,
  OF_A_CALL,
  rankedRecords,
} from "../usage/counted-calls.ts";
import { between, directoryTables } from "../usage/lake.ts";
import { toCount, USAGE_COLUMNS, type UsageRow, type UsageTotal, usageRowReader } from "../usage/row.ts";
import { FAULT_KINDS, type FaultKind } from "./findings.ts";
import { type Instant, isInstant, type Month, periodOf } from "./month.ts";

/** What a snapshot reads. */
export interface MonthSelection {
  readonly scope: AllResellers;
  readonly month: Month;
  /** Records written before it count. */
  readonly asOf: Instant;
  /** Records written at this instant or later are not valid: it is after the present. */
  readonly futureFrom: Instant;
  /** The digest of the month's files. Only runs with the same listing share an execution. */
  readonly listing?: string | undefined;
}

/** Counts of a day's records, apart from the calls that count. */
export interface DayRow {
  readonly level: "day";
  readonly day: Day;
  readonly seconds: Seconds;
  readonly calls: number;
  readonly quality: Quality;
  /** By kind, how many records or calls break the contract of the lake; kinds without any are absent. */
  readonly faults: ReadonlyMap<FaultKind, number>;
  /** When the first record was written that came too late, in whole seconds; undefined if there is none. */
  readonly leftOutAt?: Instant | undefined;
}

export interface Quality {
  /** Records that repeat another one exactly. */
  readonly copies: number;
  /** Records that a later one replaces. */
  readonly corrections: number;
  /** Calls without an agent. */
  readonly callsWithoutAgent: number;
  /** Calls without a duration; they count as 0 seconds. */
  readonly callsInProgress: number;
  /** Calls with a duration below 0; they count as 0 seconds. */
  readonly negativeDurations: number;
}

/** A row of a month: first its days, then its usage, then the total. */
export type MonthRow =
  | DayRow
  | { readonly level: "usage"; readonly row: UsageRow | UsageTotal; readonly calls: number };

/** Each count of a result, with the condition on `ranked_records` under which a record adds 1 to it. */
export const COUNT_CONDITIONS: Readonly<Record<string, string>> = {
  calls: COUNTS.text,
  copies: "broken = 0 AND place > first_alike",
  corrections: "broken = 0 AND place = first_alike AND place > 1",
  without_agent: `${COUNTS.text} AND agent_id IS NULL`,
  in_progress: `${COUNTS.text} AND duration_seconds IS NULL`,
  negative: `${COUNTS.text} AND duration_seconds < 0`,
  ...Object.fromEntries(BROKEN_RECORD_KINDS.map((kind) => [kind, isBroken(kind).text])),
  latest_record_broken: `${COUNTS.text} AND broken_at >= recorded_at`,
  call_on_two_days: `${COUNTS.text} AND first_day <> last_day`,
  dt_differs_from_started_at: `${COUNTS.text}
        AND (started_at IS NULL OR CAST(CAST(started_at AS date) AS varchar) <> dt)`,
  // A separate scan counts these records, because the other conditions are not applied to them.
  recorded_in_the_future: "FALSE",
};

const COUNT_NAMES = Object.keys(COUNT_CONDITIONS);

/** One expression for each count, separated by commas. */
function eachCount(expression: (name: string) => string): Fragment {
  return plain(COUNT_NAMES.map(expression).join(",\n    "));
}

/** The columns by which the faults of calls are judged, for each record. */
export const FAULT_COLUMNS = sql`,
    rank() OVER (${LATEST_FIRST}) AS first_alike,
    max(CASE WHEN broken > 0 THEN recorded_at END) OVER (${OF_A_CALL}) AS broken_at,
    min(CASE WHEN broken = 0 THEN dt END) OVER (PARTITION BY call_id) AS first_day,
    max(CASE WHEN broken = 0 THEN dt END) OVER (PARTITION BY call_id) AS last_day`;

const EVERY = sql`TRUE`;

/**
 * Builds the one query of a snapshot. It reads what each day's records are, and the seconds and calls of every agent
 * and organization in the month. Records count as of an instant; names are the directory's present ones.
 *
 * It uses the report's parts: `rankedRecords` defines which record of a call counts. Calls are added up by agent and
 * by day in one pass, so that no day can arrive between the two. The days next to the month are also read, but only
 * to find calls that are on a day of the month and on one of these.
 *
 * Records of the future, and records that were written too late, have a scan each. An engine can skip these scans by
 * the statistics in the files' footers if there are no such records.
 */
export function monthQuery({ month, asOf, futureFrom, listing }: MonthSelection): Query<MonthRow> {
  const period = periodOf(month);
  const around = { start: addDays(period.start, -1), end: addDays(period.end, 1) };
  const written = instantParameter("(recorded_at < ? OR recorded_at IS NULL)", asOf);
  const late = instantParameter("recorded_at >= ?", asOf);
  const inFuture = instantParameter("recorded_at >= ?", futureFrom);
  // Always true. It makes the digest a part of the execution's token, so that changed files start another execution.
  const listed: Fragment = { text: "? IS NOT NULL", parameters: [`'${listing ?? ""}'`] };
  const { text, parameters } = sql`
WITH ${rankedRecords(and(between("dt", around), written), { columns: FAULT_COLUMNS })},
month_records AS (
  SELECT dt, CASE WHEN ${COUNTS} THEN reseller_id END AS reseller_id,
    CASE WHEN ${COUNTS} THEN organization_id END AS organization_id,
    CASE WHEN ${COUNTS} THEN agent_id END AS agent_id,
    CASE WHEN ${COUNTS} THEN ${COUNTED_SECONDS} ELSE 0 END AS seconds,
    ${eachCount((name) => `CASE WHEN ${COUNT_CONDITIONS[name]} THEN 1 ELSE 0 END AS ${name}`)}
  FROM ranked_records
  WHERE ${between("dt", period)}
),
calls AS (
  SELECT dt, reseller_id, organization_id, agent_id, sum(seconds) AS seconds,
    ${eachCount((name) => `sum(${name}) AS ${name}`)}
  FROM month_records
  GROUP BY GROUPING SETS ((reseller_id, organization_id, agent_id), (dt))
),
${directoryTables(EVERY, EVERY, EVERY)},
usage AS (
  SELECT dt, reseller_id, organization_id, agent_id, seconds,
    ${eachCount((name) => name)},
    CAST(NULL AS varchar) AS name, CAST(NULL AS varchar) AS external_id, CAST(NULL AS varchar) AS internal_id,
    CAST(NULL AS varchar) AS left_out_at
  FROM calls
  WHERE dt IS NOT NULL OR reseller_id IS NOT NULL
  UNION ALL
  SELECT dt, NULL, NULL, NULL, 0,
    ${eachCount((name) => (name === "recorded_in_the_future" ? "count(*)" : "0"))},
    NULL, NULL, NULL, NULL
  FROM call_usage
  WHERE ${between("dt", period)} AND ${inFuture}
  GROUP BY dt
  UNION ALL
  SELECT dt, NULL, NULL, NULL, 0,
    ${eachCount(() => "0")},
    NULL, NULL, NULL, CAST(min(recorded_at) AS varchar)
  FROM call_usage
  WHERE ${between("dt", period)} AND ${late} AND ${listed}
  GROUP BY dt
  UNION ALL
  SELECT NULL, reseller_id, organization_id, agent_id, 0,
    ${eachCount(() => "0")},
    name, external_id, internal_id, NULL
  FROM directory
),
figures AS (
  SELECT dt, reseller_id, organization_id, agent_id, sum(seconds) AS seconds,
    ${eachCount((name) => `sum(${name}) AS ${name}`)},
    max(name) AS name, max(external_id) AS external_id, max(internal_id) AS internal_id,
    max(left_out_at) AS left_out_at
  FROM usage
  GROUP BY dt, reseller_id, organization_id, agent_id
)
SELECT reseller_id, organization_id, agent_id, CAST(COALESCE(sum(seconds), 0) AS bigint) AS seconds,
  count(*) AS figures,
  max(name) AS name, max(external_id) AS external_id, max(internal_id) AS internal_id,
  dt,
  ${eachCount((name) => `CAST(COALESCE(sum(${name}), 0) AS bigint) AS ${name}`)},
  max(left_out_at) AS left_out_at
FROM figures
GROUP BY GROUPING SETS ((dt, reseller_id, organization_id, agent_id), ())
ORDER BY dt NULLS LAST, reseller_id NULLS LAST, organization_id NULLS FIRST, agent_id NULLS FIRST`;
  return {
    text: text.trim(),
    parameters,
    columns: [...USAGE_COLUMNS, "dt", ...COUNT_NAMES, "left_out_at"],
    parseRow: monthRowReader(),
  };
}

/** Athena takes an instant as the text of a literal, because its parameters are SQL expressions. */
function instantParameter(condition: string, at: Instant): Fragment {
  return { text: condition, parameters: [`TIMESTAMP '${at.replace("T", " ").replace("Z", "")}'`] };
}

function monthRowReader(): (cells: readonly (string | null)[]) => MonthRow {
  const readUsage = usageRowReader();
  const width = USAGE_COLUMNS.length;
  return (cells) => {
    if (cells.length !== width + 2 + COUNT_NAMES.length)
      throw new TypeError("the row has the wrong number of columns");
    const row = readUsage(cells.slice(0, width));
    const day = cells[width];
    const count = (name: string) => toCount(cells[width + 1 + COUNT_NAMES.indexOf(name)]);
    const calls = count("calls");
    if (typeof day !== "string") return { level: "usage", row, calls };
    if (row.level !== "total" || row.figures !== 1 || !isDay(day))
      throw new TypeError("not the row of a day");
    const quality = {
      copies: count("copies"),
      corrections: count("corrections"),
      callsWithoutAgent: count("without_agent"),
      callsInProgress: count("in_progress"),
      negativeDurations: count("negative"),
    };
    const faults = FAULT_KINDS.map((kind) => [kind, count(kind)] as const).filter(([, found]) => found > 0);
    return {
      level: "day",
      day,
      seconds: toSeconds(Number(row.seconds)),
      calls,
      quality,
      faults: new Map(faults),
      leftOutAt: toLeftOut(cells.at(-1)),
    };
  };
}

/** Parses an engine's text of a timestamp; drops fractions of a second. */
function toLeftOut(cell: string | null | undefined): Instant | undefined {
  if (typeof cell !== "string") return undefined;
  const at = `${cell.slice(0, 19).replace(" ", "T")}Z`;
  if (!isInstant(at)) throw new TypeError("not a timestamp");
  return at;
}
