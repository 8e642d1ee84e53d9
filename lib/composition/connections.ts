import { NodeHttpHandler } from "@smithy/node-http-handler";

/** Timeouts of calls to AWS, in milliseconds. */
export interface Waits {
  /** Until a connection is established. */
  readonly connect: number;
  /** Until the first byte of a response. */
  readonly answer: number;
  /** Between the bytes of a response. */
  readonly bytes: number;
}

/** Creates the connections that a function's clients share. A timeout is an error, which is retried. */
export function connections({ connect, answer, bytes }: Waits): NodeHttpHandler {
  return new NodeHttpHandler({
    connectionTimeout: connect,
    requestTimeout: answer,
    throwOnRequestTimeout: true,
    socketTimeout: bytes,
  });
}
