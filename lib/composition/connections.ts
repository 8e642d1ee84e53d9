import { NodeHttpHandler } from "@smithy/node-http-handler";

/** How long calls to AWS wait, in milliseconds. */
export interface Waits {
  /** Until a connection is established. */
  readonly connect: number;
  /** Until the first byte of an answer. */
  readonly answer: number;
  /** Between the bytes of an answer. */
  readonly bytes: number;
}

/** The connections that a function's clients share. A wait that is too long is an error, which is retried. */
export function connections({ connect, answer, bytes }: Waits): NodeHttpHandler {
  return new NodeHttpHandler({
    connectionTimeout: connect,
    requestTimeout: answer,
    throwOnRequestTimeout: true,
    socketTimeout: bytes,
  });
}
