/** The rows of the lake, column by column as in the Parquet files. Instants are UTC milliseconds. */

/** A record of `call_usage` that may break the contract: any column may be null. */
export interface RawCallRecord {
  readonly call_id: string | null;
  readonly reseller_id: string | null;
  readonly organization_id: string | null;
  readonly agent_id: string | null;
  readonly started_at: Date | null;
  readonly duration_seconds: bigint | null;
  readonly recorded_at: Date | null;
  /** Partition: the name of the folder. */
  readonly dt: string;
}

/** A record of `call_usage` that follows the contract. */
export interface CallRecord extends RawCallRecord {
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

/** A whole lake in memory, small enough for tests and for the sample lake. */
export interface Lake<Call extends RawCallRecord = CallRecord> {
  readonly call_usage: readonly Call[];
  readonly resellers: readonly ResellerRecord[];
  readonly organizations: readonly OrganizationRecord[];
  readonly agents: readonly AgentRecord[];
}
