/** `npm start`: builds the functions and runs them behind a local gateway, over a lake folder. */
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { buildFunctions } from "../infra/build.ts";
import { duckdbEngine } from "./engine/duckdb.ts";
import type { Engine } from "./engine/engine.ts";
import { LakeError } from "./engine/lake-tables.ts";
import { ensureSampleLake } from "./sample/ensure.ts";
import { endWith } from "./shutdown.ts";
import { type Stack, startStack } from "./stack.ts";
import { requestToken } from "./tokens.ts";

const USAGE = `Usage: npm start -- [options]
  --data DIR            a lake folder (a sample lake is made when left out)
  --port N              of the gateway; the three ports after it are taken too (8787)
  --engine duckdb|trino what runs the SQL (duckdb)
  --trino-url URL       a running Trino; one is fetched and started when left out`;

/** A mistake of the user's; `message` says what to do. */
class UsageError extends Error {}

function startArguments() {
  const { values } = parseArgs({
    options: {
      data: { type: "string" },
      port: { type: "string", default: "8787" },
      engine: { type: "string", default: "duckdb" },
      "trino-url": { type: "string" },
      help: { type: "boolean", default: false },
    },
  });
  const port = Number(values.port);
  if (!Number.isInteger(port) || port < 1 || port > 65_532) {
    throw new UsageError("--port takes a number from 1 to 65532");
  }
  if (values.engine !== "duckdb" && values.engine !== "trino") {
    throw new UsageError("--engine takes duckdb or trino");
  }
  return { ...values, port };
}

async function startEngine(name: string, lake: string): Promise<Engine> {
  return duckdbEngine(lake);
}

/** What to show of a lake: its first resellers, and the last whole month that its calls cover. */
async function exampleOf(engine: Engine) {
  const rows = async (sql: string) => (await engine.run(sql, [], new AbortController().signal)).rows;
  const resellers = await rows("SELECT DISTINCT reseller_id FROM resellers ORDER BY reseller_id LIMIT 20");
  const [[last] = []] = await rows("SELECT max(dt) FROM call_usage");
  const monthEnd = new Date(`${(last ?? "2026-05-10").slice(0, 8)}01T00:00:00Z`);
  monthEnd.setUTCDate(0);
  const end = monthEnd.toISOString().slice(0, 10);
  return { resellers: resellers.flat(), query: `start_date=${end.slice(0, 8)}01&end_date=${end}` };
}

async function start(): Promise<void> {
  const options = startArguments();
  if (options.help) return console.log(USAGE);
  await buildFunctions();
  const lake =
    options.data === undefined ? await ensureSampleLake(join(root, ".local")) : resolve(options.data);
  const engine = await startEngine(options, lake);
  const stack = await startStack({
    port: options.port,
    engine,
    functions: join(root, "dist", "functions"),
    objects: join(root, ".local", `s3-${options.port}`),
  });
  endWith(async () => {
    await stack.close();
    await engine.close();
  });
  await announce(stack, engine, lake);
}
