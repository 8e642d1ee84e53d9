import { parentPort, workerData } from "node:worker_threads";
import * as z from "zod";

/**
 * One execution environment of a function: imports the built bundle once and handles one event after the other, each
 * with a Lambda context. Runs in its own thread, with the function's environment.
 */
const { bundle, name, memorySize } = z
  .object({ bundle: z.string(), name: z.string(), memorySize: z.number() })
  .parse(workerData);
const invocation = z.object({ event: z.unknown(), requestId: z.string(), deadline: z.number() });

const { handler } = z.looseObject({ handler: z.custom<Handler>(isHandler) }).parse(await import(bundle));

type Handler = (event: unknown, context: object) => Promise<unknown>;

parentPort?.on("message", (message: unknown) => void invoke(message));
parentPort?.postMessage({ ready: true });

async function invoke(message: unknown): Promise<void> {
  const { event, requestId, deadline } = invocation.parse(message);
  const context = {
    awsRequestId: requestId,
    functionName: name,
    functionVersion: "$LATEST",
    invokedFunctionArn: `arn:aws:lambda:local:000000000000:function:${name}`,
    memoryLimitInMB: String(memorySize),
    callbackWaitsForEmptyEventLoop: true,
    getRemainingTimeInMillis: () => Math.max(0, deadline - Date.now()),
  };
  try {
    parentPort?.postMessage({ result: JSON.stringify(await handler(event, context)) ?? "null" });
  } catch (error) {
    parentPort?.postMessage({ error: String(error) });
  }
}

function isHandler(value: unknown): value is Handler {
  return typeof value === "function";
}
