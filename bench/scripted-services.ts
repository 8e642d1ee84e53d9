import { setTimeout as sleep } from "node:timers/promises";
import { USAGE_QUERY_COLUMNS } from "../lib/usage/query.ts";
import { startAthena } from "../local/athena/server.ts";
import type { Engine } from "../local/engine/engine.ts";
import { type Faults, faults } from "../local/faults.ts";
import { startS3 } from "../local/s3/server.ts";
import type { UsageResult } from "./usage-result.ts";

/** What the engine does with the next query. */
export interface Script {
  readonly result: UsageResult;
  /** Milliseconds from the execution's start to SUCCEEDED, including writing the result. */
  readonly engineMs: number;
}

/** A local Athena and S3 that follow a script, with the same latency for each request. */
export interface ScriptedServices extends AsyncDisposable {
  /** What a client needs to know, as environment variables. */
  readonly environment: Readonly<Record<string, string>>;
  /** Sets what the next queries do, and resets the counts. */
  follow(script: Script): void;
  /** Calls since the reset, by operation. */
  calls(): Readonly<Record<string, number>>;
  /** Where the result of the last query is, as a URL. */
  resultUrl(): string;
  /** Deletes that result. */
  clear(): Promise<void>;
}

/** The delay of every answer. */
export const LATENCY_MS = 30;

export const WORKGROUP = "bench";
export const DATABASE = "minutes";
const BUCKET = "athena-results";

const OPERATIONS = [
  "StartQueryExecution",
  "GetQueryExecution",
  "GetQueryResults",
  "GetWorkGroup",
  "GetObject",
  "HeadObject",
  "ListObjectsV2",
  "DeleteObject",
];

/** @param directory the folder in which the S3 keeps its objects */
export async function startScriptedServices(directory: string): Promise<ScriptedServices> {
  const shown: Faults = faults();
  let script: Script | undefined;
  let startedAt = 0;
  let key = "";
  const engine: Engine = {
    run: () => {
      startedAt = performance.now();
      const columns = USAGE_QUERY_COLUMNS.map((name) => ({
        name,
        type: ["seconds", "figures", "marks"].includes(name) ? "bigint" : "varchar",
      }));
      return Promise.resolve({ columns, rows: [], dataScannedInBytes: 0 });
    },
    close: () => Promise.resolve(),
  };
  const s3 = await startS3({ directory, port: 0, faults: shown });
  const athena = await startAthena({
    port: 0,
    engine,
    faults: shown,
    workgroup: WORKGROUP,
    database: DATABASE,
    bytesScannedCutoff: undefined,
    outputLocation: `s3://${BUCKET}/bench/`,
    store: async (location) => {
      if (script === undefined) throw new TypeError("no script to follow");
      key = new URL(location).pathname.slice(1);
      await s3.putStream(BUCKET, key, [script.result.csv], "text/csv");
      await sleep(Math.max(0, startedAt + script.engineMs - performance.now()));
    },
    open: () => s3.getStream(BUCKET, key),
  });
  const resultUrl = () => `${s3.url}/${BUCKET}/${key}`;

  return {
    environment: {
      AWS_REGION: "eu-central-1",
      AWS_DEFAULT_REGION: "eu-central-1",
      AWS_ACCESS_KEY_ID: "local",
      AWS_SECRET_ACCESS_KEY: "local",
      AWS_ENDPOINT_URL_ATHENA: athena.url,
      AWS_ENDPOINT_URL_S3: s3.url,
      ATHENA_WORKGROUP: WORKGROUP,
      ATHENA_DATABASE: DATABASE,
    },
    follow: (next) => {
      script = next;
      shown.set(OPERATIONS.map((on) => ({ on, effect: { kind: "delay", milliseconds: LATENCY_MS } })));
    },
    calls: () => shown.calls(),
    resultUrl,
    clear: async () => {
      await fetch(resultUrl(), { method: "DELETE", headers: { authorization: "none" } });
    },
    [Symbol.asyncDispose]: async () => {
      await athena.close();
      await s3.close();
    },
  };
}
