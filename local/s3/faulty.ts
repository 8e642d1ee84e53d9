import { Readable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { ConnectionDropped, type Effect, type Faults } from "../faults.ts";
import type { S3Handler, S3Reply, S3Request } from "./request.ts";

/** Wraps the handler and injects faults, by the operation's name. */
export function withFaults(handle: S3Handler, faults: Faults): S3Handler {
  return async (request) => {
    const operation = operationOf(request);
    const effect = operation === undefined ? undefined : faults.next(operation);
    if (effect?.kind === "delay") await sleep(effect.milliseconds);
    if (effect?.kind === "drop") throw new ConnectionDropped();
    if (effect?.kind === "refuse") return refusal(effect.status, effect.type);
    return changed(await handle(request), effect);
  };
}

/** The operations that the functions call; undefined for others. */
function operationOf({ method, key }: S3Request): string | undefined {
  if (key === "") return method === "GET" ? "ListObjectsV2" : undefined;
  return { GET: "GetObject", PUT: "PutObject" }[method];
}

function refusal(status: number, code: string): S3Reply {
  const body = `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${code}</Code></Error>`;
  const headers = { "content-type": "application/xml", "content-length": String(Buffer.byteLength(body)) };
  return { status, headers, body };
}

function changed(reply: S3Reply, effect: Effect | undefined): S3Reply {
  if (!(reply.body instanceof Readable)) return reply;
  if (effect?.kind === "cut") return { ...reply, body: first(reply.body, effect.bytes, "then fail") };
  if (effect?.kind !== "truncate") return reply;
  const headers = { ...reply.headers, "content-length": String(effect.bytes) };
  return { ...reply, headers, body: first(reply.body, effect.bytes, "then end") };
}

/** The first bytes of a body, then its end or a broken connection. */
function first(body: Readable, bytes: number, then: "then end" | "then fail"): Readable {
  async function* part(): AsyncGenerator<Buffer> {
    let left = bytes;
    for await (const chunk of body) {
      const piece = Buffer.from(chunk).subarray(0, left);
      left -= piece.length;
      if (piece.length > 0) yield piece;
      if (left === 0) break;
    }
    // Sent data must leave the machine before the connection breaks.
    if (then === "then fail") {
      await sleep(20);
      throw new ConnectionDropped();
    }
  }
  return Readable.from(part(), { objectMode: false });
}
