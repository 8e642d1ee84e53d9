/** The objects of snapshots in a stack's local S3, read without the service. */

import type { Manifest } from "../../lib/billing/manifest.ts";
import { parseManifest } from "../../lib/billing/manifest.ts";

export interface SnapshotObjects {
  get(key: string): Promise<Buffer>;
  put(key: string, bytes: Uint8Array | string): Promise<void>;
  delete(key: string): Promise<void>;
  manifest(period: string, revision: number): Promise<Manifest>;
}

export function snapshotObjects(s3: string): SnapshotObjects {
  async function send(method: string, key: string, body?: string): Promise<Buffer> {
    const response = await fetch(`${s3}/billing-snapshots/${key}`, {
      method,
      // The local S3 requires a signature and does not verify it.
      headers: { authorization: "AWS4-HMAC-SHA256 local" },
      ...(body !== undefined && { body }),
    });
    if (!response.ok) throw new Error(`${method} ${key}: ${response.status}`);
    return Buffer.from(await response.arrayBuffer());
  }
  const get = (key: string) => send("GET", key);
  return {
    get,
    put: async (key, bytes) => void (await send("PUT", key, Buffer.from(bytes).toString())),
    delete: async (key) => void (await send("DELETE", key)),
    manifest: async (period, revision) => parseManifest(await get(manifestPath(period, revision))),
  };
}

export function manifestPath(period: string, revision: number): string {
  return `minutes-by-organization/period=${period}/revision=${String(revision).padStart(4, "0")}/manifest.json`;
}
