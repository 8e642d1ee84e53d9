/** The rows of the lake, column by column as the Parquet files hold them. Instants are UTC milliseconds. */

export interface CallRecord {
  readonly call_id: string;
  readonly reseller_id: string;
  readonly organization_id: string;
  readonly agent_id: string | null;
  readonly started_at: Date;
  readonly duration_seconds: bigint | null;
  readonly recorded_at: Date;
  /** Partition: the UTC day (`YYYY-MM-DD`) of `started_at`; the same for all records of a call. */
  readonly dt: string;
}

export interface ResellerRecord {
  readonly reseller_id: string;
  readonly internal_id: string | null;
  readonly name: string | null;
}

export interface OrganizationRecord {
  readonly organization_id: string;
  readonly internal_id: string | null;
  readonly name: string | null;
  readonly reseller_id: string;
}

export interface AgentRecord {
  readonly agent_id: string;
  readonly organization_id: string;
  readonly reseller_id: string;
  readonly external_id: string | null;
  readonly internal_id: string | null;
  readonly name: string | null;
}

/** A whole lake in memory, small enough to hold: what tests generate, what the sample lake is made of. */
export interface Lake {
  readonly call_usage: readonly CallRecord[];
  readonly resellers: readonly ResellerRecord[];
  readonly organizations: readonly OrganizationRecord[];
  readonly agents: readonly AgentRecord[];
}
