/** The local S3 behind a proxy that loses or refuses requests and answers. */
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { type IncomingHttpHeaders, type IncomingMessage, request as send } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import { pipeline } from "node:stream/promises";
import { S3Client } from "@aws-sdk/client-s3";
import type { SnapshotStore } from "../../../lib/billing/snapshots.ts";
import { snapshotStore } from "../../../lib/s3/snapshot-store.ts";
import { type Faults, faults } from "../../../local/faults.ts";
import { listen } from "../../../local/listen.ts";
import { startS3 } from "../../../local/s3/server.ts";

/** The fault of one request; `pass` is none. */
export type Fate =
  | "pass"
  /** S3 never receives it. */
  | "lose the request"
  /** S3 executes it, and its answer is lost. */
  | "lose the answer"
  /** S3 refuses it with this status and code. */
  | { readonly status: number; readonly code: string };

export interface UnreliableS3 extends AsyncDisposable {
  readonly store: SnapshotStore;
  /** The faults of the local S3 itself: those of GetObject. */
  readonly faults: Faults;
  /** Method and status of each request so far; no status if its answer was lost. */
  readonly seen: readonly string[];
  /** The faults of the next requests, in order; later requests pass. */
  befall(...fates: readonly Fate[]): void;
  /** Puts objects without the store. */
  put(keys: readonly string[], text: string): Promise<void>;
}

const BUCKET = "billing-snapshots";

export async function unreliableS3(): Promise<UnreliableS3> {
  const directory = await mkdtemp(join(tmpdir(), "unreliable-s3-"));
  const shown = faults();
  const s3 = await startS3({ directory, port: 0, faults: shown });
  await s3.makeBucket(BUCKET);
  const fates: Fate[] = [];
  const seen: string[] = [];

  const proxy = await listen(0, async (message, response) => {
    const { method = "", url = "", headers } = message;
    const body = await buffer(message);
    const fate = fates.shift() ?? "pass";
    if (fate === "lose the request") {
      seen.push(method);
      throw new Error("lost");
    }
    if (typeof fate === "object") {
      seen.push(`${method} ${fate.status}`);
      const error = `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${fate.code}</Code></Error>`;
      response.writeHead(fate.status, { "content-type": "application/xml" }).end(error);
      return;
    }
    const answer = await forward(new URL(url, s3.url), method, headers, body);
    const status = answer.statusCode ?? 0;
    seen.push(fate === "pass" ? `${method} ${status}` : method);
    if (fate === "lose the answer") {
      await buffer(answer);
      throw new Error("lost");
    }
    response.writeHead(status, answer.headers);
    await pipeline(answer, response);
  });

  const client = new S3Client({
    endpoint: proxy.url,
    forcePathStyle: true,
    region: "eu-central-1",
    credentials: { accessKeyId: "local", secretAccessKey: "local" },
    maxAttempts: 1,
  });
  return {
    store: snapshotStore(client, BUCKET),
    faults: shown,
    seen,
    befall: (...more) => void fates.push(...more),
    put: async (keys, text) => {
      for (const key of keys) await s3.putStream(BUCKET, key, [Buffer.from(text)], "application/json");
    },
    [Symbol.asyncDispose]: async () => {
      client.destroy();
      await proxy.close();
      await s3.close();
      await rm(directory, { recursive: true });
    },
  };
}

/** Forwards the request and its answer. */
async function forward(
  url: URL,
  method: string,
  headers: IncomingHttpHeaders,
  body: Buffer,
): Promise<IncomingMessage> {
  const request = send(url, { method, headers }).end(body);
  const [answer]: IncomingMessage[] = await once(request, "response");
  if (answer === undefined) throw new TypeError("no answer");
  return answer;
}
