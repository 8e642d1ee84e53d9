/** A server instead of S3 that answers each request as its script says. */
import { once } from "node:events";
import { createServer, type IncomingHttpHeaders, type ServerResponse } from "node:http";
import { NodeHttpHandler } from "@smithy/node-http-handler";
import { type OpenObject, s3ObjectReader } from "../../../lib/s3/read-object.ts";

/** The requests that arrived. */
export interface Received {
  readonly method: string | undefined;
  readonly path: string | undefined;
  readonly headers: IncomingHttpHeaders;
}

/** Writes the complete answer, or drops the connection. */
export type Answer = (response: ServerResponse) => void;

export interface ScriptedS3 extends AsyncDisposable {
  readonly open: OpenObject;
  readonly received: readonly Received[];
}

/** How far the reader's clock is behind, in milliseconds. */
export const CLOCK_OFFSET = 7_200_000;

/** Starts the server. Requests after the end of the script are answered with 500. */
export async function scriptedS3(...answers: readonly Answer[]): Promise<ScriptedS3> {
  const received: Received[] = [];
  const server = createServer(({ method, url: path, headers }, response) => {
    const answer = answers[received.length] ?? status(500);
    received.push({ method, path, headers });
    answer(response);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new TypeError("no port");
  const requestHandler = new NodeHttpHandler({ connectionTimeout: 1_000, requestTimeout: 10_000 });
  const open = s3ObjectReader({
    region: "eu-central-1",
    credentials: async () => ({ accessKeyId: "key", secretAccessKey: "secret", sessionToken: "session" }),
    requestHandler,
    clock: { offset: () => CLOCK_OFFSET, learn: () => false },
    endpoint: `http://127.0.0.1:${address.port}`,
  });
  return {
    open,
    received,
    [Symbol.asyncDispose]: async () => {
      requestHandler.destroy();
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

/** An answer of this status without a meaningful body. */
export function status(code: number): Answer {
  return (response) => response.writeHead(code).end(code === 304 ? undefined : "<Error/>");
}

/** The whole object. */
export function whole(bytes: Buffer, etag = '"v1"'): Answer {
  return (response) => response.writeHead(200, { "content-length": bytes.length, etag }).end(bytes);
}

interface Lost {
  readonly sent: number;
  readonly etag?: string | undefined;
  /** The offset of the bytes, for an answer to a range. */
  readonly from?: number;
}

/** The first bytes of the object; then the connection is lost. */
export function lostAfter(bytes: Buffer, { sent, etag = '"v1"', from }: Lost): Answer {
  return (response) => {
    const announced = bytes.subarray(from ?? 0);
    response.writeHead(from === undefined ? 200 : 206, {
      "content-length": announced.length,
      ...(etag && { etag }),
    });
    // The connection ends after the bytes; a reset could arrive before them.
    response.write(announced.subarray(0, sent), () => response.socket?.end());
  };
}

/** The rest of the object. */
export function rest(bytes: Buffer, from: number): Answer {
  return (response) =>
    response.writeHead(206, { "content-length": bytes.length - from }).end(bytes.subarray(from));
}
