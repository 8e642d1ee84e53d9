import type { Day } from "../period.ts";
import type { Query } from "../query.ts";
import { type Fragment, plain, stringLiteral } from "../sql.ts";
import {
  BROKEN_RECORD_KINDS,
  type BrokenRecordKind,
  isBroken,
  isUuidColumn,
} from "../usage/counted-calls.ts";
import { digits } from "../usage/row.ts";

/** How many records are broken, by kind; kinds without any are absent. */
export type BrokenRecords = ReadonlyMap<BrokenRecordKind, number>;

/** How many records of a day are broken in one way. */
export interface BrokenDay {
  readonly day: Day;
  readonly kind: BrokenRecordKind;
  readonly records: number;
}

/**
 * Builds an aggregate over `ranked_records` that counts the broken ones by kind, as one text: `missing_call_id=3
 * invalid_call_id=0 …`, every kind in its order. `parseBrokenRecords` reads it.
 */
export const BROKEN_RECORDS: Fragment = plain(
  BROKEN_RECORD_KINDS.map((kind, index) => {
    const label = stringLiteral(`${index === 0 ? "" : " "}${kind}=`);
    return `${label} || CAST(count(CASE WHEN ${isBroken(kind).text} THEN 1 END) AS varchar)`;
  }).join("\n        || "),
);

/**
 * Reads the counts of a day's mark.
 *
 * @param text null for a day without broken records
 * @throws TypeError for a text that `BROKEN_RECORDS` does not produce
 */
export function parseBrokenRecords(text: string | null): BrokenRecords {
  const counts = (text === null ? [] : text.split(" ")).map((pair) => {
    const [, name, number] = /^([a-z_]+)=([0-9]{1,15})$/.exec(pair) ?? [];
    const kind = BROKEN_RECORD_KINDS.find((each) => each === name);
    if (kind === undefined) throw new TypeError(`broken_records has an invalid entry: ${pair}`);
    return [kind, Number(number)] as const;
  });
  return new Map(counts.filter(([, count]) => count > 0));
}

/** The id columns of the directory's tables. A row without a valid id in each of them is left out of every report. */
const DIRECTORY_IDS = {
  resellers: ["reseller_id"],
  organizations: ["reseller_id", "organization_id"],
  agents: ["reseller_id", "organization_id", "agent_id"],
} as const;

/** Rows of a directory table that are left out, because an id is missing or is not a lower-case UUID. */
export interface BrokenDirectoryRows {
  readonly table: string;
  readonly rows: number;
}

/** Counts the broken rows of each directory table, including tables without any. */
export function brokenDirectoryRows(): Query<BrokenDirectoryRows> {
  const selects = Object.entries(DIRECTORY_IDS).map(([table, columns]) => {
    const isSound = columns.map((column) => isUuidColumn(column).text).join(" AND ");
    return `SELECT '${table}' AS directory_table, count(*) AS broken_rows FROM ${table} WHERE NOT COALESCE(${isSound}, FALSE)`;
  });
  return {
    text: `${selects.join("\nUNION ALL\n")}\nORDER BY directory_table`,
    parameters: [],
    columns: ["directory_table", "broken_rows"],
    parseRow: ([table, rows]) => {
      if (typeof table !== "string") throw new TypeError("The row names no table.");
      return { table, rows: Number(digits(rows)) };
    },
  };
}
