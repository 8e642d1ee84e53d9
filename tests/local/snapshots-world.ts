/**
 * A lake that changes, the function that closes its months with the local S3, and everything that must be true of its
 * output. The engine answers a known query with its earlier result, as Athena does for a known token.
 */
import { randomUUID } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ListObjectsV2Command, type S3Client } from "@aws-sdk/client-s3";
import { s3Bucket } from "../../audit/verify/bucket.ts";
import { verifyBucket } from "../../audit/verify/verify-bucket.ts";
import { billingSnapshot } from "../../functions/billing-snapshot/handler.ts";
import { type Manifest, parseManifest } from "../../lib/billing/manifest.ts";
import type { SnapshotStore } from "../../lib/billing/snapshots.ts";
import { parseStatement, sha256 } from "../../lib/billing/statement.ts";
import type { Querier } from "../../lib/query.ts";
import { snapshotStore } from "../../lib/s3/snapshot-store.ts";
import type { Lake } from "../../local/lake/records.ts";
import { writeLake } from "../../local/lake/write.ts";
import { startS3 } from "../../local/s3/server.ts";
import { month } from "../lib/billing/valid.ts";
import { invocation } from "../lib/http/events.ts";
import { collect, day } from "../lib/valid.ts";
import { expectedOrganizations } from "../oracle.ts";
import { s3Client } from "./s3-client.ts";
import { engineOver } from "./test-stack.ts";

export const MONTH = "2026-04";
/** Days before it need no records, so that a month of two days can be complete. */
export const EARLIEST = "2026-04-29";
export const DAYS = ["2026-04-29", "2026-04-30"];

/** The function was killed. */
export class Crash extends Error {}

/** The fault at one of the run's calls of S3, counted from 0. */
export interface Fault {
  readonly at: number;
  /** Killed before or after the call; or S3 executed it, its answer was lost, and it is repeated. */
  readonly kind: "before" | "after" | "asked again";
}

/** Seconds of each (reseller, organization, agent) that has any. */
export type Figures = ReadonlyMap<string, number>;

export interface WrittenRevision {
  readonly manifest: Manifest;
  readonly figures: Figures;
  /** Of every line. */
  readonly names: readonly string[];
  /** Sums of adjustments by the same keys. */
  readonly deltas: Figures;
}

/** One machine for all worlds; each world has a new bucket. */
export async function startGround() {
  const directory = await mkdtemp(join(tmpdir(), "snapshots-"));
  const server = await startS3({ directory: join(directory, "s3"), port: 0 });
  const s3 = s3Client(server.url);
  return {
    world: async () => {
      const bucket = `world-${randomUUID()}`;
      await server.makeBucket(bucket);
      return startWorld(s3, bucket, join(directory, bucket));
    },
    [Symbol.asyncDispose]: async () => {
      s3.destroy();
      await server.close();
      await rm(directory, { recursive: true });
    },
  };
}

type Rows = readonly (readonly (string | null)[])[];

export type World = Awaited<ReturnType<typeof startWorld>>;

async function startWorld(s3: S3Client, bucket: string, directory: string) {
  const store = snapshotStore(s3, bucket);
  const answered = new Map<string, { lake: Lake; rows: Promise<Rows> }>();
  const objects = new Map<string, string>();
  let lake: Lake = { call_usage: [], resellers: [], organizations: [], agents: [] };

  async function ask(asked: Lake, text: string, parameters: readonly string[]): Promise<Rows> {
    const folder = join(directory, String(answered.size));
    await writeLake(folder, asked, { filesPerDay: 2 });
    const engine = await engineOver(folder);
    const { rows } = await engine.run(text, parameters, new AbortController().signal);
    await engine.close();
    return rows;
  }

  function answer(text: string, parameters: readonly string[]): Promise<Rows> {
    const key = JSON.stringify([text, parameters]);
    const known = answered.get(key) ?? { lake, rows: ask(lake, text, parameters) };
    answered.set(key, known);
    return known.rows;
  }

  /** Like Athena: rows in pieces. */
  const query: Querier = async function* inPieces(asked, { observe }) {
    const rows = await answer(asked.text, asked.parameters);
    observe({ rows: rows.length });
    for (let at = 0; at < rows.length; at += 3) yield rows.slice(at, at + 3).map(asked.parseRow);
  };

  return {
    get lake() {
      return lake;
    },
    deliver(changed: Lake) {
      lake = changed;
    },
    /** How often the engine got a new query. */
    queries: () => answered.size,
    /** The lakes that the queries of this instant saw. */
    lakesAsOf: (asOf: string) =>
      [...answered]
        .filter(([key]) => key.includes(asOf.replace("T", " ").replace("Z", "")))
        .map(([, { lake: seen }]) => seen),
    /** Runs the function; @returns its outcome, or the error it ended with */
    async run(event: object, fault?: Fault): Promise<{ outcome: string } | Error> {
      const handler = billingSnapshot({
        query,
        store: fault === undefined ? store : faulty(store, fault),
        graceDays: 3,
        earliestDate: day(EARLIEST),
        billFrom: month(MONTH),
        lookBackMonths: 12,
        listing: async () => sha256(Buffer.from(JSON.stringify(lake.call_usage, bigintText))),
        // Days of the model have few calls, of which one may be in progress.
        toleratedBrokenRecords: 1_000,
        now: Date.now,
        write: () => undefined,
      });
      return handler(event, invocation(900_000)).catch((error: unknown) =>
        error instanceof Error ? error : new Error(String(error)),
      );
    },
    /** What `verify` finds wrong in the bucket. */
    async findings(): Promise<string[]> {
      const verdicts = await collect(verifyBucket(s3Bucket(s3, bucket), { from: month(MONTH) }));
      return verdicts.flatMap(({ findings }) => findings);
    },
    /** Everything that must be true at any moment: no object has changed, and every manifest is complete. */
    async revisions(): Promise<WrittenRevision[]> {
      const keys = await keysOf(s3, bucket);
      const present = new Map<string, Uint8Array>();
      for (const key of keys) {
        const bytes = await store.get(key);
        if (bytes === undefined) throw new Error(`${key} is listed and missing`);
        present.set(key, bytes);
        if ((objects.get(key) ?? sha256(bytes)) !== sha256(bytes)) throw new Error(`${key} has changed`);
        objects.set(key, sha256(bytes));
      }
      for (const key of objects.keys()) if (!present.has(key)) throw new Error(`${key} is gone`);
      return keys
        .filter((key) => key.endsWith("/manifest.json"))
        .sort()
        .map((key) => readRevision(parseManifest(present.get(key) ?? new Uint8Array()), present));
    },
  };
}

function readRevision(manifest: Manifest, objects: ReadonlyMap<string, Uint8Array>): WrittenRevision {
  const figures = new Map<string, number>();
  const deltas = new Map<string, number>();
  const names: string[] = [];
  for (const { key, sha256: hash, bytes: size } of manifest.resellers) {
    const bytes = objects.get(key);
    if (bytes === undefined || sha256(bytes) !== hash || bytes.byteLength !== size)
      throw new Error(`${key} is not what its manifest says`);
    const { organizations, adjustments } = parseStatement(bytes);
    for (const { resellerId, organizationId, organizationName, agents } of organizations) {
      for (const { agentId, agentName, seconds } of agents) {
        names.push(`${organizationName} ${agentName}`);
        if (seconds > 0) figures.set(`${resellerId} ${organizationId} ${agentId}`, seconds);
      }
    }
    for (const { resellerId, organizationId, agentId, before, after } of adjustments) {
      deltas.set(`${resellerId} ${organizationId} ${agentId}`, after - before);
    }
  }
  return { manifest, figures, names, deltas };
}

/** The live report over the records before the instant, computed from them one by one. */
export function figuresOf(lake: Lake, asOf: string): Figures {
  const before = new Date(asOf);
  const records = lake.call_usage.filter(({ recorded_at }) => recorded_at < before);
  const resellers = [...new Set(records.map(({ reseller_id }) => reseller_id))];
  const question = { resellers, start_date: `${MONTH}-01`, end_date: `${MONTH}-30` };
  const figures = new Map<string, number>();
  for (const entry of expectedOrganizations({ ...lake, call_usage: records }, question)) {
    for (const { agent_id, seconds } of entry.agents) {
      if (seconds > 0n)
        figures.set(`${entry.reseller_id} ${entry.organization_id} ${agent_id}`, Number(seconds));
    }
  }
  return figures;
}

/** The days that a run as of the instant would miss. */
export function missingDays(lake: Lake, asOf: string): string[] {
  const before = new Date(asOf);
  const present = new Set(
    lake.call_usage.filter(({ recorded_at }) => recorded_at < before).map(({ dt }) => dt),
  );
  return DAYS.filter((each) => !present.has(each));
}

export function bigintText(_: string, value: unknown): unknown {
  return typeof value === "bigint" ? String(value) : value;
}

async function keysOf(s3: S3Client, bucket: string): Promise<string[]> {
  const { Contents = [], IsTruncated } = await s3.send(new ListObjectsV2Command({ Bucket: bucket }));
  if (IsTruncated === true) throw new Error("more objects than one listing holds");
  return Contents.flatMap(({ Key = "" }) => Key);
}

/** The store of a run that is killed at one of its calls, or whose answer is lost there. */
function faulty(store: SnapshotStore, { at, kind }: Fault): SnapshotStore {
  let calls = 0;
  const around =
    <Arguments extends unknown[], Result>(call: (...given: Arguments) => Promise<Result>) =>
    async (...given: Arguments): Promise<Result> => {
      const number = calls++;
      // A killed function makes no further call.
      if (kind !== "asked again" && (number > at || (number === at && kind === "before"))) throw new Crash();
      const result = await call(...given);
      if (number === at && kind === "after") throw new Crash();
      return number === at && kind === "asked again" ? call(...given) : result;
    };
  return {
    list: around(store.list),
    keys: around(store.keys),
    get: around(store.get),
    create: around(store.create),
  };
}
