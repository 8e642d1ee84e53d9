import type { DuckDBType, DuckDBValue } from "@duckdb/node-api";
import { BIGINT, DuckDBTimestampMillisecondsValue, TIMESTAMP_MS, VARCHAR } from "@duckdb/node-api";
import type { AgentRecord, OrganizationRecord, RawCallRecord, ResellerRecord } from "./records.ts";

/** A column of a Parquet file: its name, its type and the source of its values. */
export interface Column<Row> {
  readonly name: string;
  readonly type: DuckDBType;
  readonly value: (row: Row) => DuckDBValue;
}

/** A table of the lake as in its files: the columns, and the names of those by which the rows are sorted. */
export interface Table<Row> {
  readonly columns: readonly Column<Row>[];
  readonly sortedBy: readonly string[];
}

/** `dt` is missing on purpose: it is the folder's name, and a partition column must not be in the file. */
export const callUsage: Table<RawCallRecord> = {
  columns: [
    string("call_id", (call) => call.call_id),
    string("reseller_id", (call) => call.reseller_id),
    string("organization_id", (call) => call.organization_id),
    string("agent_id", (call) => call.agent_id),
    timestamp("started_at", (call) => call.started_at),
    { name: "duration_seconds", type: BIGINT, value: (call) => call.duration_seconds },
    timestamp("recorded_at", (call) => call.recorded_at),
  ],
  sortedBy: ["reseller_id", "started_at", "call_id", "recorded_at"],
};

export const resellers: Table<ResellerRecord> = {
  columns: [
    string("reseller_id", (reseller) => reseller.reseller_id),
    string("internal_id", (reseller) => reseller.internal_id),
    string("name", (reseller) => reseller.name),
  ],
  sortedBy: ["reseller_id"],
};

export const organizations: Table<OrganizationRecord> = {
  columns: [
    string("organization_id", (organization) => organization.organization_id),
    string("internal_id", (organization) => organization.internal_id),
    string("name", (organization) => organization.name),
    string("reseller_id", (organization) => organization.reseller_id),
  ],
  sortedBy: ["reseller_id", "organization_id"],
};

export const agents: Table<AgentRecord> = {
  columns: [
    string("agent_id", (agent) => agent.agent_id),
    string("organization_id", (agent) => agent.organization_id),
    string("reseller_id", (agent) => agent.reseller_id),
    string("external_id", (agent) => agent.external_id),
    string("internal_id", (agent) => agent.internal_id),
    string("name", (agent) => agent.name),
  ],
  sortedBy: ["reseller_id", "organization_id", "agent_id"],
};

function string<Row>(name: string, value: (row: Row) => string | null): Column<Row> {
  return { name, type: VARCHAR, value };
}

/**
 * In the file: INT64 with the logical type TIMESTAMP(MILLIS, isAdjustedToUTC = false). With it the engines agree.
 * Trino (and so Athena) uses only the unit and reads it unshifted into a `timestamp(3)` column. It would shift an
 * INT96 by the connector's time zone, and refuses an INT64 without the annotation. With isAdjustedToUTC DuckDB would
 * read a TIMESTAMP WITH TIME ZONE, whose comparison with a `TIMESTAMP '…'` depends on the session's zone; without it,
 * a plain TIMESTAMP.
 */
function timestamp<Row>(name: string, value: (row: Row) => Date | null): Column<Row> {
  return {
    name,
    type: TIMESTAMP_MS,
    value: (row) => {
      const instant = value(row);
      return instant && new DuckDBTimestampMillisecondsValue(BigInt(instant.getTime()));
    },
  };
}
