/** The tables that a lake folder must hold, with the columns of their Parquet files as the catalog has them. */
export const LAKE_TABLES = {
  call_usage: {
    files: "call_usage/dt=*/*.parquet",
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
    files: "resellers/*.parquet",
    columns: { reseller_id: "varchar", internal_id: "varchar", name: "varchar" },
  },
  organizations: {
    files: "organizations/*.parquet",
    columns: {
      organization_id: "varchar",
      internal_id: "varchar",
      name: "varchar",
      reseller_id: "varchar",
    },
  },
  agents: {
    files: "agents/*.parquet",
    columns: {
      agent_id: "varchar",
      organization_id: "varchar",
      reseller_id: "varchar",
      external_id: "varchar",
      internal_id: "varchar",
      name: "varchar",
    },
  },
} as const;

/** The folder is not a lake; `message` says what is missing. */
export class LakeError extends Error {
  override readonly name = "LakeError";
}
