import { randomUUID } from "node:crypto";
import type { Engine, EngineResult } from "../engine/engine.ts";
import { resultCsv } from "./result-csv.ts";

export type State = "QUEUED" | "RUNNING" | "SUCCEEDED" | "FAILED" | "CANCELLED";

/** The input of a StartQueryExecution. */
export interface StartInput {
  readonly queryString: string;
  readonly executionParameters: readonly string[];
  readonly clientRequestToken: string | undefined;
  readonly workgroup: string;
  readonly database: string;
  readonly catalog: string;
}

export interface Execution {
  readonly id: string;
  readonly input: StartInput;
  readonly outputLocation: string;
  readonly submittedAt: number;
  readonly abort: AbortController;
  state: State;
  startedAt: number | undefined;
  completedAt: number | undefined;
  stateChangeReason: string | undefined;
  retryable: boolean;
  columns: EngineResult["columns"];
  dataScannedInBytes: number;
}

export interface ExecutionsOptions {
  readonly engine: Engine;
  /** Executions that run at once; the others are queued. */
  readonly concurrency: number;
  /** The workgroup's limit of bytes scanned by a query. */
  readonly bytesScannedCutoff: number | undefined;
  /** Where results go: `s3://<bucket>/<prefix>/`. */
  readonly outputLocation: string;
  /** Stores a result object. */
  readonly store: (location: string, content: Iterable<Uint8Array>) => Promise<void>;
}

/** The executions of the local Athena, from QUEUED to their end. */
export interface Executions {
  /**
   * Starts an execution, or returns the earlier one that the token names.
   *
   * @throws RangeError if the token names an execution with another input
   */
  start(input: StartInput): Execution;
  get(id: string): Execution | undefined;
  /** Ends the execution as CANCELLED. One that has ended does not change. */
  stop(id: string): Execution | undefined;
  /** How many run or wait. */
  active(): number;
  /** Stops all executions. */
  close(): void;
}

export function executions(options: ExecutionsOptions): Executions {
  const known = new Map<string, Execution>();
  const byToken = new Map<string, Execution>();
  const queue: Execution[] = [];
  let running = 0;

  function next(): void {
    while (running < options.concurrency) {
      const execution = queue.shift();
      if (execution === undefined) return;
      if (execution.state !== "QUEUED") continue;
      running += 1;
      void run(execution, options).finally(() => {
        running -= 1;
        next();
      });
    }
  }

  function stop(execution: Execution | undefined): Execution | undefined {
    if (execution?.state === "QUEUED" || execution?.state === "RUNNING") {
      end(execution, "CANCELLED", "Query cancelled by user");
      execution.abort.abort();
    }
    return execution;
  }

  return {
    start(input) {
      const earlier = input.clientRequestToken && byToken.get(input.clientRequestToken);
      if (earlier) {
        if (JSON.stringify(earlier.input) !== JSON.stringify(input)) {
          throw new RangeError("Idempotent parameters do not match");
        }
        return earlier;
      }
      const execution = submitted(input, options.outputLocation);
      known.set(execution.id, execution);
      if (input.clientRequestToken !== undefined) byToken.set(input.clientRequestToken, execution);
      queue.push(execution);
      setImmediate(next);
      return execution;
    },
    get: (id) => known.get(id),
    stop: (id) => stop(known.get(id)),
    active: () => running + queue.filter(({ state }) => state === "QUEUED").length,
    close: () => {
      for (const execution of known.values()) stop(execution);
    },
  };
}

function submitted(input: StartInput, outputLocation: string): Execution {
  const id = randomUUID();
  return {
    id,
    input,
    outputLocation: `${outputLocation}${id}.csv`,
    submittedAt: Date.now(),
    abort: new AbortController(),
    state: "QUEUED",
    startedAt: undefined,
    completedAt: undefined,
    stateChangeReason: undefined,
    retryable: false,
    columns: [],
    dataScannedInBytes: 0,
  };
}

async function run(execution: Execution, options: ExecutionsOptions): Promise<void> {
  const { input, abort } = execution;
  execution.state = "RUNNING";
  execution.startedAt = Date.now();
  try {
    const result = await options.engine.run(input.queryString, input.executionParameters, abort.signal);
    execution.dataScannedInBytes = result.dataScannedInBytes;
    if (result.dataScannedInBytes > (options.bytesScannedCutoff ?? Number.POSITIVE_INFINITY)) {
      end(execution, "CANCELLED", "Query cancelled! : Bytes scanned limit was exceeded");
      return;
    }
    execution.columns = result.columns;
    await options.store(execution.outputLocation, resultCsv(result));
    end(execution, "SUCCEEDED", undefined);
  } catch (error) {
    end(execution, "FAILED", error instanceof Error ? error.message : String(error));
  }
}

/** The first end is final: a stopped execution does not succeed afterwards. */
function end(execution: Execution, state: State, reason: string | undefined): void {
  if (execution.completedAt !== undefined) return;
  execution.completedAt = Date.now();
  execution.state = state;
  execution.stateChangeReason = reason;
}
