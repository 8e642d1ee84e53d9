import type { LakeTable } from "../../lib/usage/lake-files.ts";

/** A column's type in the catalog. */
export type ColumnType = "varchar" | "bigint" | "timestamp";

/** The tables that a lake folder must contain, with their columns in the catalog. */
export const LAKE_TABLES = {
  call_usage: {
    columns: {
      call_id: "varchar",
      reseller_id: "varchar",
      organization_id: "varchar",
      agent_id: "varchar",
      started_at: "timestamp",
      duration_seconds: "bigint",
      recorded_at: "timestamp",
      dt: "varchar",
    },
  },
  resellers: {
    columns: { reseller_id: "varchar", internal_id: "varchar", name: "varchar" },
  },
  organizations: {
    columns: {
      organization_id: "varchar",
      internal_id: "varchar",
      name: "varchar",
      reseller_id: "varchar",
    },
  },
  agents: {
    columns: {
      agent_id: "varchar",
      organization_id: "varchar",
      reseller_id: "varchar",
      external_id: "varchar",
      internal_id: "varchar",
      name: "varchar",
    },
  },
} as const satisfies Record<LakeTable, { readonly columns: Readonly<Record<string, ColumnType>> }>;

/** The columns in a table's files. `dt` is not among them: it is the name of the day's folder. */
export function columnsOf(table: LakeTable): ReadonlyMap<string, ColumnType> {
  return new Map<string, ColumnType>(
    Object.entries(LAKE_TABLES[table].columns).filter(([name]) => name !== "dt"),
  );
}

/** The folder is not a lake; `message` says what is missing. */
export class LakeError extends Error {
  override readonly name = "LakeError";
}
