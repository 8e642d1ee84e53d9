import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { DuckDBInstance } from "@duckdb/node-api";

/** The size of a platform. */
export interface Platform {
  readonly resellers: number;
  readonly agents: number;
}

/** Agents of an organization, and calls of each agent in the month. */
const AGENTS_OF_ORGANIZATION = 20;
const CALLS_OF_AGENT = 3;
const DAYS = 30;

/** Writes a lake of April 2026: every agent of the platform has calls, as has each of the 30 days. */
export async function writeBillingLake(directory: string, { resellers, agents }: Platform): Promise<void> {
  const instance = await DuckDBInstance.create(":memory:");
  const connection = await instance.connect();
  const id = (kind: string, number: string) =>
    `CAST(CAST(md5('${kind} ' || (${number})) AS UUID) AS VARCHAR)`;
  const agentsOfReseller = agents / resellers;
  const ids = (agent: string) =>
    `${id("reseller", `${agent} // ${agentsOfReseller}`)} AS reseller_id,
     ${id("organization", `${agent} // ${AGENTS_OF_ORGANIZATION}`)} AS organization_id,
     ${id("agent", agent)} AS agent_id`;
  const copy = async (folder: string, query: string) => {
    await mkdir(join(directory, folder), { recursive: true });
    const file = join(directory, folder, "part-0.parquet").replaceAll("'", "''");
    await connection.run(`COPY (${query}) TO '${file}' (FORMAT parquet, ROW_GROUP_SIZE 20480)`);
  };
  await copy(
    "resellers",
    `SELECT ${id("reseller", "n")} AS reseller_id, 'R-' || n AS internal_id, 'Reseller ' || n AS name
     FROM range(${resellers}) AS t(n)`,
  );
  await copy(
    "organizations",
    `SELECT organization_id, 'O' AS internal_id, 'Organization ' || n AS name, reseller_id
     FROM (SELECT n, ${ids("n")} FROM range(0, ${agents}, ${AGENTS_OF_ORGANIZATION}) AS t(n)) ORDER BY reseller_id`,
  );
  await copy(
    "agents",
    `SELECT agent_id, organization_id, reseller_id, 'X-' || n AS external_id, 'A-' || n AS internal_id,
       'Agent, No. ' || n AS name
     FROM (SELECT n, ${ids("n")} FROM range(${agents}) AS t(n)) ORDER BY reseller_id`,
  );
  for (let day = 0; day < DAYS; day++) {
    const dt = `2026-04-${String(day + 1).padStart(2, "0")}`;
    await copy(
      `call_usage/dt=${dt}`,
      `SELECT ${id("call", "n")} AS call_id, reseller_id, organization_id, agent_id,
         TIMESTAMP '${dt} 09:00:00' AS started_at, CAST(60 + n % 900 AS BIGINT) AS duration_seconds,
         TIMESTAMP '${dt} 10:00:00' AS recorded_at
       FROM (
         SELECT n, ${ids(`n // ${CALLS_OF_AGENT}`)}
         FROM range(${agents * CALLS_OF_AGENT}) AS t(n) WHERE n % ${DAYS} = ${day}
       ) ORDER BY reseller_id`,
    );
  }
  connection.closeSync();
  instance.closeSync();
}
