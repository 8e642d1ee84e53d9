import { type Seconds, toSeconds } from "../minutes.ts";
import type { Day } from "../period.ts";
import { isDay } from "../period.ts";
import type { Query } from "../query.ts";
import type { AllResellers } from "../scope/all-resellers.ts";
import { type Fragment, sql } from "../sql.ts";
import { between, directoryTables, LATEST_FIRST } from "../usage/lake.ts";
import { digits, USAGE_COLUMNS, type UsageRow, type UsageTotal, usageRowReader } from "../usage/row.ts";
import { type Instant, type Month, periodOf } from "./month.ts";

/** What a snapshot reads. */
export interface MonthSelection {
  readonly scope: AllResellers;
  readonly month: Month;
  /** Records written before it count. */
  readonly asOf: Instant;
}

/** The records of a day, which its data has if it has arrived. */
export interface DayRow {
  readonly level: "day";
  readonly day: Day;
  readonly seconds: Seconds;
  readonly calls: number;
  readonly quality: Quality;
}

/** What a month's records are beside the calls that count. */
export interface Quality {
  /** Records that repeat another one exactly. */
  readonly copies: number;
  /** Records that a later one took the place of. */
  readonly corrections: number;
  /** Calls that no agent took part in. */
  readonly callsWithoutAgent: number;
  /** Calls without a duration; they count as 0 seconds. */
  readonly callsInProgress: number;
  /** Calls with a duration below 0; they count as 0 seconds. */
  readonly negativeDurations: number;
}

/** A row of a month: first its days, then its usage, at last the total of all of them. */
export type MonthRow =
  | DayRow
  | { readonly level: "usage"; readonly row: UsageRow | UsageTotal; readonly calls: number };

const COUNTS = ["calls", "copies", "corrections", "without_agent", "in_progress", "negative"] as const;

const EVERY = sql`TRUE`;

/**
 * The one query of a snapshot: the seconds and calls of every agent and organization in the month as its records
 * stood at an instant, with the names that the directory has now, and before them what each day's records are.
 *
 * Made of the report's parts, and like it in all that `usageQuery` says of which record counts, of the total, and of
 * engines; calls are added up by agent and by day in one pass, so that no day can arrive between the two.
 */
export function monthQuery({ month, asOf }: MonthSelection): Query<MonthRow> {
  const { text, parameters } = sql`
WITH ranked AS (
  SELECT dt, reseller_id, organization_id, agent_id, duration_seconds,
    row_number() OVER (${LATEST_FIRST}) AS place,
    rank() OVER (${LATEST_FIRST}) AS first_alike
  FROM call_usage
  WHERE ${between("dt", periodOf(month))} AND ${recordedBefore(asOf)}
),
calls AS (
  SELECT dt, reseller_id, organization_id, agent_id,
    sum(CASE WHEN place = 1 AND duration_seconds > 0 THEN duration_seconds ELSE 0 END) AS seconds,
    sum(CASE WHEN place = 1 THEN 1 ELSE 0 END) AS calls,
    sum(CASE WHEN place > first_alike THEN 1 ELSE 0 END) AS copies,
    sum(CASE WHEN place = first_alike AND place > 1 THEN 1 ELSE 0 END) AS corrections,
    sum(CASE WHEN place = 1 AND agent_id IS NULL THEN 1 ELSE 0 END) AS without_agent,
    sum(CASE WHEN place = 1 AND duration_seconds IS NULL THEN 1 ELSE 0 END) AS in_progress,
    sum(CASE WHEN place = 1 AND duration_seconds < 0 THEN 1 ELSE 0 END) AS negative
  FROM ranked
  GROUP BY GROUPING SETS ((reseller_id, organization_id, agent_id), (dt))
),
${directoryTables(EVERY, EVERY)},
usage AS (
  SELECT dt, reseller_id, organization_id, agent_id,
    seconds, calls, copies, corrections, without_agent, in_progress, negative,
    CAST(NULL AS varchar) AS name, CAST(NULL AS varchar) AS external_id, CAST(NULL AS varchar) AS internal_id
  FROM calls
  UNION ALL
  SELECT NULL, reseller_id, organization_id, agent_id, 0, 0, 0, 0, 0, 0, 0, name, external_id, internal_id
  FROM directory
),
figures AS (
  SELECT dt, reseller_id, organization_id, agent_id, sum(seconds) AS seconds, sum(calls) AS calls,
    sum(copies) AS copies, sum(corrections) AS corrections, sum(without_agent) AS without_agent,
    sum(in_progress) AS in_progress, sum(negative) AS negative,
    max(name) AS name, max(external_id) AS external_id, max(internal_id) AS internal_id
  FROM usage
  GROUP BY dt, reseller_id, organization_id, agent_id
)
SELECT reseller_id, organization_id, agent_id, CAST(COALESCE(sum(seconds), 0) AS bigint) AS seconds,
  count(*) AS figures,
  max(name) AS name, max(external_id) AS external_id, max(internal_id) AS internal_id,
  dt, CAST(COALESCE(sum(calls), 0) AS bigint) AS calls,
  CAST(COALESCE(sum(copies), 0) AS bigint) AS copies,
  CAST(COALESCE(sum(corrections), 0) AS bigint) AS corrections,
  CAST(COALESCE(sum(without_agent), 0) AS bigint) AS without_agent,
  CAST(COALESCE(sum(in_progress), 0) AS bigint) AS in_progress,
  CAST(COALESCE(sum(negative), 0) AS bigint) AS negative
FROM figures
GROUP BY GROUPING SETS ((dt, reseller_id, organization_id, agent_id), ())
ORDER BY dt NULLS LAST, reseller_id NULLS LAST, organization_id NULLS FIRST, agent_id NULLS FIRST`;
  return {
    text: text.trim(),
    parameters,
    columns: [...USAGE_COLUMNS, "dt", ...COUNTS],
    parseRow: monthRowReader(),
  };
}

/** Athena takes an instant as the text of a literal, since its parameters are SQL expressions. */
function recordedBefore(asOf: Instant): Fragment {
  return {
    text: "recorded_at < ?",
    parameters: [`TIMESTAMP '${asOf.replace("T", " ").replace("Z", "")}'`],
  };
}

function monthRowReader(): (cells: readonly (string | null)[]) => MonthRow {
  const readUsage = usageRowReader();
  const width = USAGE_COLUMNS.length;
  return (cells) => {
    if (cells.length !== width + 1 + COUNTS.length)
      throw new TypeError("a row with a column too few or too many");
    const row = readUsage(cells.slice(0, width));
    const day = cells[width];
    const count = (name: (typeof COUNTS)[number]) => toCount(cells[width + 1 + COUNTS.indexOf(name)]);
    const calls = count("calls");
    if (typeof day !== "string") return { level: "usage", row, calls };
    if (row.level !== "total" || row.figures !== 1 || !isDay(day)) throw new TypeError("no row of a day");
    const quality = {
      copies: count("copies"),
      corrections: count("corrections"),
      callsWithoutAgent: count("without_agent"),
      callsInProgress: count("in_progress"),
      negativeDurations: count("negative"),
    };
    return { level: "day", day, seconds: toSeconds(Number(row.seconds)), calls, quality };
  };
}

function toCount(cell: string | null | undefined): number {
  const count = Number(digits(cell));
  if (!Number.isSafeInteger(count)) throw new TypeError("a count beyond 2^53 - 1");
  return count;
}
