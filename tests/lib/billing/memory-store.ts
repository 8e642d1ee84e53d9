/** A snapshot store in memory that behaves like S3: strongly consistent, and no object is ever replaced. */

import type { AuditedBucket } from "../../../audit/verify/bucket.ts";
import type { SnapshotStore } from "../../../lib/billing/snapshots.ts";

export function memoryStore(objects: Map<string, Uint8Array> = new Map()): SnapshotStore {
  const keysUnder = (prefix: string) => [...objects.keys()].filter((key) => key.startsWith(prefix)).sort();
  return {
    list: async (prefix) => {
      const rests = keysUnder(prefix).map((key) => key.slice(prefix.length));
      return [...new Set(rests.flatMap((rest) => /^[^/]*\//.exec(rest)?.[0] ?? []))].sort();
    },
    keys: async (prefix) => keysUnder(prefix),
    get: async (key) => objects.get(key),
    create: async (key, bytes) => {
      if (objects.has(key)) return "exists";
      objects.set(key, bytes);
      return "created";
    },
  };
}

/** The same objects as a bucket for `verify`, each with one version. */
export function memoryBucket(objects: ReadonlyMap<string, Uint8Array>): AuditedBucket {
  return {
    versions: async function* listed() {
      for (const key of objects.keys()) yield { key, isDeleteMarker: false };
    },
    get: async (key) => objects.get(key),
  };
}
