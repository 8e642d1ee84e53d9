import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { DuckDBInstance } from "@duckdb/node-api";

/** A platform's month: 100 resellers of 1% each, five organizations a reseller. */
export interface Month {
  readonly agents: number;
  readonly callsOfAgentADay: number;
}

export const RESELLERS = 100;
const ORGANIZATIONS_OF_RESELLER = 5;
export const DAYS = 31;
/** One call in this many is delivered twice. */
const COPIES_EVERY = 20;

const id = (kind: string, number: string) => `CAST(CAST(md5('${kind} ' || (${number})) AS UUID) AS VARCHAR)`;
const reseller = (agent: string) => id("reseller", `(${agent}) % ${RESELLERS}`);
const organization = (agent: string) =>
  id("organization", `(${agent}) % ${RESELLERS * ORGANIZATIONS_OF_RESELLER}`);

/** The days of the month, each with calls of every agent. */
export const MONTH = Array.from({ length: DAYS }, (_, day) => `2026-05-${String(day + 1).padStart(2, "0")}`);

/** The id of a reseller by its number. */
export async function resellerIds(): Promise<string[]> {
  const instance = await DuckDBInstance.create(":memory:");
  const connection = await instance.connect();
  const rows = await connection.run(`SELECT ${reseller("n")} FROM range(${RESELLERS}) AS t(n) ORDER BY n`);
  const ids = (await rows.getRows()).flat().map(String);
  connection.closeSync();
  instance.closeSync();
  return ids;
}

/** Writes the lake as the platform should: each day and the agents sorted by reseller, in several row groups. */
export async function writeMonth(directory: string, { agents, callsOfAgentADay }: Month): Promise<void> {
  const instance = await DuckDBInstance.create(":memory:");
  const connection = await instance.connect();
  const copy = async (folder: string, query: string) => {
    await mkdir(join(directory, folder), { recursive: true });
    const file = join(directory, folder, "part-0.parquet").replaceAll("'", "''");
    await connection.run(
      `COPY (${query}) TO '${file}' (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 20480)`,
    );
  };
  await copy(
    "resellers",
    `SELECT ${reseller("n")} AS reseller_id, 'R-' || n AS internal_id, 'Reseller ' || n AS name
     FROM range(${RESELLERS}) AS t(n)`,
  );
  await copy(
    "organizations",
    `SELECT ${organization("n")} AS organization_id, 'O-' || n AS internal_id, 'Organization ' || n AS name,
       ${reseller("n")} AS reseller_id
     FROM range(${RESELLERS * ORGANIZATIONS_OF_RESELLER}) AS t(n) ORDER BY reseller_id`,
  );
  await copy(
    "agents",
    `SELECT ${id("agent", "n")} AS agent_id, ${organization("n")} AS organization_id, ${reseller("n")} AS reseller_id,
       'X-' || n AS external_id, 'A-' || n AS internal_id, 'Agent, No. ' || n AS name
     FROM range(${agents}) AS t(n) ORDER BY reseller_id`,
  );
  const calls = agents * callsOfAgentADay;
  for (const day of MONTH) {
    await copy(
      `call_usage/dt=${day}`,
      `SELECT CAST(CAST(md5('${day} ' || call) AS UUID) AS VARCHAR) AS call_id,
         ${reseller("agent")} AS reseller_id, ${organization("agent")} AS organization_id,
         ${id("agent", "agent")} AS agent_id,
         TIMESTAMP '${day} 08:00:00' + to_seconds(CAST(call % 36000 AS INTEGER)) AS started_at,
         CAST(hash(call) % 900 AS BIGINT) AS duration_seconds,
         TIMESTAMP '${day} 20:00:00' AS recorded_at
       FROM (
         SELECT n AS call, n % ${agents} AS agent FROM range(${calls}) AS t(n)
         UNION ALL
         SELECT n, n % ${agents} FROM range(0, ${calls}, ${COPIES_EVERY}) AS t(n)
       ) ORDER BY reseller_id`,
    );
  }
  connection.closeSync();
  instance.closeSync();
}
