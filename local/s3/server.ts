import { randomUUID } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { ConnectionDropped, type Faults } from "../faults.ts";
import { type LocalServer, listen } from "../listen.ts";
import { errorXml, S3Error, toS3Error } from "./errors.ts";
import { withFaults } from "./faulty.ts";
import { type Folder, withFolder } from "./folder.ts";
import { s3Handler } from "./handler.ts";
import { ObjectStore } from "./object-store.ts";
import { parseRequest, type S3Handler, type S3Reply } from "./request.ts";

/** A running local S3. */
export interface S3Server extends LocalServer {
  /**
   * Writes an object from within the process, as a stream; creates the bucket if it is missing. If `chunks` ends with
   * an error, nothing is written and the promise rejects with it.
   *
   * @returns the size in bytes
   */
  putStream(
    bucket: string,
    key: string,
    chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
    contentType: string,
  ): Promise<{ readonly size: number }>;
  /** Creates the bucket if it is missing. */
  makeBucket(bucket: string): Promise<void>;
  /** Deletes an object if it exists. @throws S3Error NoSuchBucket */
  remove(bucket: string, key: string): void;
  /** Reads the current object from within the process. @throws S3Error NoSuchBucket, NoSuchKey */
  getStream(bucket: string, key: string): Readable;
}

/**
 * Starts an S3 on 127.0.0.1 over a folder, which keeps buckets and objects between runs. It implements the parts of
 * the REST protocol that the functions need: PutObject (conditional), GetObject, HeadObject, DeleteObject,
 * ListObjectsV2, CreateBucket, HeadBucket. Everything else is answered with 501 NotImplemented. Only one server may
 * use the folder at a time.
 *
 * @param options.port 0 for a free one
 * @throws Error with code EADDRINUSE if the port is taken; Error if the folder contains other files
 */
export async function startS3(options: {
  readonly directory: string;
  readonly port: number;
  readonly faults?: Faults;
  /** A folder that a bucket of this name lists; see `withFolder`. */
  readonly folder?: Folder | undefined;
}): Promise<S3Server> {
  const { promise: handler, resolve: handleWith } = Promise.withResolvers<S3Handler>();
  // Opens the port first: if it is taken, the folder may be in use too and must not be touched.
  const server = await listen(options.port, async (message, response) =>
    respond(await handler, message, response),
  );
  try {
    const store = await ObjectStore.open(options.directory);
    const { handle: own, ended } = endable(s3Handler(store));
    const handle = options.folder === undefined ? own : withFolder(own, options.folder);
    handleWith(options.faults === undefined ? handle : withFaults(handle, options.faults));
    return {
      ...server,
      close: async () => {
        await server.close();
        await ended();
      },
      makeBucket: (bucket) => store.createBucket(bucket),
      remove: (bucket, key) => store.delete(bucket, key),
      putStream: putStream(store),
      getStream: getStream(store),
    };
  } catch (error) {
    await server.close();
    throw error;
  }
}

/**
 * A handler that can end. `ended` refuses later requests and waits for those that have begun, so that none of them
 * writes into a folder that is being deleted. A client that gives up does not end its request here.
 */
function endable(handler: S3Handler): { readonly handle: S3Handler; readonly ended: () => Promise<void> } {
  const begun = new Set<Promise<unknown>>();
  let hasEnded = false;
  return {
    handle: async (request) => {
      if (hasEnded) throw new ConnectionDropped();
      const answering = handler(request);
      begun.add(answering);
      try {
        return await answering;
      } finally {
        begun.delete(answering);
      }
    },
    ended: async () => {
      hasEnded = true;
      await Promise.allSettled(begun);
    },
  };
}

function putStream(store: ObjectStore): S3Server["putStream"] {
  return async (bucket, key, chunks, contentType) => {
    await store.createBucket(bucket);
    const upload = await store.receive(chunks);
    const description = { key, headers: { "content-type": contentType }, checksum: null };
    return store.commit(bucket, upload, description, { precondition: () => undefined, replace: true });
  };
}

function getStream(store: ObjectStore): S3Server["getStream"] {
  return (bucket, key) => {
    const object = store.find(bucket, key);
    if (object === undefined) throw new S3Error("NoSuchKey", { details: { Key: key } });
    return store.read(bucket, object, 0, object.size);
  };
}

/** Parses, handles and answers one request. */
async function respond(handle: S3Handler, message: IncomingMessage, response: ServerResponse): Promise<void> {
  const requestId = randomUUID();
  await send(await answer(handle, message, requestId), requestId, message, response);
}

/** The answer, or the error in S3's format. */
async function answer(handle: S3Handler, message: IncomingMessage, requestId: string): Promise<S3Reply> {
  try {
    return await handle(parseRequest(message));
  } catch (thrown) {
    if (thrown instanceof ConnectionDropped) throw thrown;
    const error = toS3Error(thrown);
    if (error.code === "InternalError" && !message.destroyed) console.error("local S3:", thrown);
    const resource = (message.url ?? "").replace(/\?.*$/s, "");
    const body = errorXml(error, resource, requestId);
    const contentLength = String(Buffer.byteLength(body));
    return {
      status: error.status,
      headers: { "content-type": "application/xml", "content-length": contentLength },
      body,
    };
  }
}

async function send(
  reply: S3Reply,
  requestId: string,
  message: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  // Reads what the handler did not read, because otherwise the client may never read the answer.
  message.resume();
  response.writeHead(reply.status, { ...reply.headers, "x-amz-request-id": requestId });
  if (reply.body === null || typeof reply.body === "string" || message.method === "HEAD") {
    response.end(typeof reply.body === "string" && message.method !== "HEAD" ? reply.body : undefined);
  } else {
    await pipeline(reply.body, response);
  }
}
