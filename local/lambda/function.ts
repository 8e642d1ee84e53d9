import { once } from "node:events";
import { pathToFileURL } from "node:url";
import { Worker } from "node:worker_threads";
import * as z from "zod";

export interface FunctionOptions {
  readonly name: string;
  /** The built bundle, `dist/functions/<name>/index.mjs`. */
  readonly bundle: string;
  readonly environment: Readonly<Record<string, string>>;
  /** Megabytes. */
  readonly memorySize: number;
  /** Seconds. */
  readonly timeout: number;
  /** Execution environments at once; further events wait for a free one. */
  readonly concurrency?: number | undefined;
  /** Receives the function's standard output: its log. */
  readonly log: (text: string) => void;
}

/** A function as Lambda runs it: an execution environment handles one event at a time. */
export interface LocalFunction {
  /**
   * @returns the result as JSON, as Lambda would send it
   * @throws FunctionError if the function failed, timed out, or its answer exceeds Lambda's limit
   */
  invoke(event: unknown, requestId: string): Promise<string>;
  close(): Promise<void>;
}

/** The invocation failed; `message` is for the terminal. */
export class FunctionError extends Error {
  override readonly name = "FunctionError";
}

/**
 * The largest result of a synchronous invocation, in bytes of its JSON.
 * https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
 */
const MAX_RESULT_BYTES = 6_291_556;

/** Execution environments at once if the options name no number. */
const CONCURRENCY = 10;

const reply = z.union([z.object({ result: z.string() }), z.object({ error: z.string() })]);

/** Runs a built function in threads of this process, with its own environment, memory and timeout. */
export function localFunction(options: FunctionOptions): LocalFunction {
  const idle: Worker[] = [];
  const all = new Set<Worker>();
  const waiting: (() => void)[] = [];
  let busy = 0;

  async function environment(): Promise<Worker> {
    const free = idle.pop();
    if (free !== undefined) return free;
    const worker = startWorker(options);
    all.add(worker);
    worker.once("exit", () => all.delete(worker));
    await raceExit(worker, once(worker, "message"));
    return worker;
  }

  async function invoke(event: unknown, requestId: string): Promise<string> {
    const worker = await environment();
    const deadline = Date.now() + options.timeout * 1_000;
    const timer = setTimeout(() => void worker.terminate(), options.timeout * 1_000);
    try {
      const answered = once(worker, "message");
      worker.postMessage({ event, requestId, deadline });
      const [message] = await raceExit(worker, answered);
      idle.push(worker);
      return resultOf(message);
    } catch (error) {
      if (Date.now() >= deadline) throw new FunctionError(`Task timed out after ${options.timeout} seconds`);
      throw error;
    } finally {
      clearTimeout(timer);
    }
  }

  return {
    invoke: async (event, requestId) => {
      if (busy >= (options.concurrency ?? CONCURRENCY))
        await new Promise<void>((resolve) => waiting.push(resolve));
      busy += 1;
      try {
        return await invoke(event, requestId);
      } finally {
        busy -= 1;
        waiting.shift()?.();
      }
    },
    close: async () => {
      await Promise.all([...all].map((worker) => worker.terminate()));
    },
  };
}

function startWorker({ name, bundle, environment, memorySize, log }: FunctionOptions): Worker {
  const worker = new Worker(new URL("worker.ts", import.meta.url), {
    name,
    env: {
      ...environment,
      AWS_LAMBDA_FUNCTION_NAME: name,
      AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(memorySize),
    },
    workerData: { bundle: pathToFileURL(bundle).href, name, memorySize },
    resourceLimits: { maxOldGenerationSizeMb: memorySize },
    stdout: true,
  });
  worker.stdout.setEncoding("utf8").on("data", log);
  return worker;
}

/** Resolves with the worker's answer, or the reason why it ended without one. */
async function raceExit(worker: Worker, said: Promise<unknown[]>): Promise<unknown[]> {
  const ended = new AbortController();
  const { signal } = ended;
  try {
    return await Promise.race([
      said,
      once(worker, "exit", { signal }).then(([code]) => {
        throw new FunctionError(`The function exited with status ${code}`);
      }),
    ]);
  } finally {
    ended.abort();
  }
}

function resultOf(message: unknown): string {
  const answer = reply.parse(message);
  if ("error" in answer) throw new FunctionError(answer.error);
  const bytes = Buffer.byteLength(answer.result);
  if (bytes > MAX_RESULT_BYTES) {
    throw new FunctionError(
      `Response payload size ${bytes} exceeded the maximum of ${MAX_RESULT_BYTES} bytes`,
    );
  }
  return answer.result;
}
