import { type Fragment, plain, sql } from "../sql.ts";

/**
 * The version of the definition in this file: which record of a call counts. It is part of each rolled-up day's mark,
 * so that a new definition makes every day due again. Raise it whenever the definition changes a figure.
 */
export const DEFINITION_VERSION = "calls-2";

/**
 * What can be wrong with a record of `call_usage`. A record is counted under the first kind that applies to it.
 *
 * An id is invalid unless it is a UUID in lower case, 8-4-4-4-12 hexadecimal digits. Of `call_id` only the shape is
 * checked, not each digit. A null `agent_id` is valid: no agent took part in the call.
 */
export const BROKEN_RECORD_KINDS = [
  "missing_call_id",
  "invalid_call_id",
  "missing_recorded_at",
  "missing_reseller_id",
  "invalid_reseller_id",
  "missing_organization_id",
  "invalid_organization_id",
  "invalid_agent_id",
] as const;

export type BrokenRecordKind = (typeof BROKEN_RECORD_KINDS)[number];

/**
 * Whether a column holds a UUID in lower case; null for null.
 *
 * If a text is not empty and nothing of it is left after the replacement, it is a UUID. This is so whatever `^` and
 * `$` mean beside a line break, because the line break is left. Both engines apply the functions once to each entry of
 * a column's dictionary, as long as the column has few values.
 *
 * @see https://trino.io/docs/476/functions/regexp.html
 * @see https://duckdb.org/docs/stable/sql/functions/regular_expressions
 */
export function isUuidColumn(column: string): Fragment {
  return plain(`(${column} <> '' AND regexp_replace(${column}, '${UUID_PATTERN}', '') = '')`);
}

const UUID_PATTERN = "^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$";

/**
 * Whether `call_id` has the shape of a lower-case UUID; null for null. Its values are all different, so a regular
 * expression would cost DuckDB three times as much. An id with a wrong digit still identifies its call, and no report
 * shows it.
 */
const HAS_CALL_ID = plain(
  `(call_id LIKE '________-____-____-____-____________' AND call_id = lower(call_id))`,
);

/** The condition on `ranked_records` that selects the one record of each call that counts. */
export const COUNTS: Fragment = sql`place = 1 AND broken = 0`;

/** The condition on `ranked_records` for the broken records of a kind. */
export function isBroken(kind: BrokenRecordKind): Fragment {
  return sql`broken = ${codeOf(kind)}`;
}

/** A kind's number in `broken`: a number sorts faster than a text. */
function codeOf(kind: BrokenRecordKind): Fragment {
  return plain(String(BROKEN_RECORD_KINDS.indexOf(kind) + 1));
}

/**
 * Defines the calls that count, as common table expressions for a WITH. The report, the rollup and the bill all use
 * it, so that their figures cannot differ.
 *
 * A call is a pair of `dt` and `call_id`. Each day is independent: no figure depends on which days are read together.
 * Of a call's valid records the latest one counts: largest `recorded_at`, then largest `duration_seconds` (null
 * last), then the other columns in ascending order (null last). Records that are equal in all of these are exact
 * copies, so the choice never depends on the engine. A broken record is treated as if it did not exist.
 *
 * Gives `ranked_records`, one row for each record, including broken ones:
 *
 * - `dt`, `call_id`, `reseller_id`, `organization_id`, `agent_id`, `started_at`, `duration_seconds`, `recorded_at`
 * - `broken`: 0 for a valid record; `isBroken` selects a kind of broken ones
 * - `place`: 1 for the first record of the call, valid ones first; `COUNTS` selects the one that counts
 *
 * The ids are checked in the step that reads the files. There Trino evaluates an expression once for each entry of a
 * column's dictionary. The expression must use only that column, and come before an exchange, which expands the values.
 * Its result must be used twice, because Trino moves an expression that is used once to where it is used. So the last
 * kind of `broken` has a condition too. `call_id` has no dictionary. It is checked after the narrowing, in fewer
 * records.
 *
 * @param where which records are read: by day, and by `recorded_at` to those of a cutoff
 * @param narrowed a condition on `call_id` that selects calls, with all of their records
 * @param columns further columns of `ranked_records`, each after a comma
 * @param window the window of `place`: `LATEST_FIRST` or `LATEST_FIRST_AND_EACH_BROKEN`
 */
export function rankedRecords(
  where: Fragment,
  {
    narrowed = sql`TRUE`,
    columns = sql``,
    window = LATEST_FIRST,
  }: { readonly narrowed?: Fragment; readonly columns?: Fragment; readonly window?: Fragment } = {},
): Fragment {
  return sql`checked_records AS (
  SELECT dt, call_id, reseller_id, organization_id, agent_id, started_at, duration_seconds, recorded_at,
    ${isUuidColumn("reseller_id")} AS has_reseller_id,
    ${isUuidColumn("organization_id")} AS has_organization_id,
    ${isUuidColumn("agent_id")} AS has_agent_id
  FROM call_usage
  WHERE ${where}
),
judged_records AS (
  SELECT dt, call_id, reseller_id, organization_id, agent_id, started_at, duration_seconds, recorded_at,
    CASE
      WHEN ${HAS_CALL_ID} AND recorded_at IS NOT NULL AND has_reseller_id AND has_organization_id
        AND (has_agent_id OR agent_id IS NULL) THEN 0
      WHEN call_id IS NULL THEN ${codeOf("missing_call_id")}
      WHEN NOT ${HAS_CALL_ID} THEN ${codeOf("invalid_call_id")}
      WHEN recorded_at IS NULL THEN ${codeOf("missing_recorded_at")}
      WHEN reseller_id IS NULL THEN ${codeOf("missing_reseller_id")}
      WHEN NOT has_reseller_id THEN ${codeOf("invalid_reseller_id")}
      WHEN organization_id IS NULL THEN ${codeOf("missing_organization_id")}
      WHEN NOT has_organization_id THEN ${codeOf("invalid_organization_id")}
      WHEN NOT has_agent_id THEN ${codeOf("invalid_agent_id")}
    END AS broken
  FROM checked_records
  WHERE ${narrowed}
),
ranked_records AS (
  SELECT dt, call_id, reseller_id, organization_id, agent_id, started_at, duration_seconds, recorded_at, broken,
    row_number() OVER (${window}) AS place${columns}
  FROM judged_records
)`;
}

/** The calls as a window's partitions. DuckDB sorts them faster if the column that differs most comes first. */
export const OF_A_CALL: Fragment = sql`PARTITION BY call_id, dt`;

const LATEST = sql`
      ORDER BY broken, recorded_at DESC NULLS LAST,
        duration_seconds DESC NULLS LAST, reseller_id NULLS LAST, organization_id NULLS LAST,
        agent_id NULLS LAST, started_at NULLS LAST
    `;

/** The window over the records of a call: the one that counts comes first. */
export const LATEST_FIRST: Fragment = sql`
      ${OF_A_CALL}${LATEST}`;

/**
 * The same window, in which each broken record is alone. So `place = 1` selects the records that count and all broken
 * ones. Under this condition alone Trino keeps one record of each partition, instead of sorting all of them.
 */
export const LATEST_FIRST_AND_EACH_BROKEN: Fragment = sql`
      ${OF_A_CALL}, CASE WHEN broken > 0 THEN uuid() END${LATEST}`;

/** The seconds that a call counts: a missing or negative duration counts as 0. */
export const COUNTED_SECONDS: Fragment = sql`CASE WHEN duration_seconds > 0 THEN duration_seconds ELSE 0 END`;
