/** A closed month as eleven months before it too, so that a daily look has a year of them. No statement is copied. */
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { DuckDBInstance } from "@duckdb/node-api";
import { writeHead } from "../lib/billing/heads.ts";
import { type Manifest, manifestBytes, manifestKey, statementKey } from "../lib/billing/manifest.ts";
import {
  closableFrom,
  daysOf,
  type Month,
  monthBefore,
  toInstant,
  toMilliseconds,
} from "../lib/billing/month.ts";
import { sha256 } from "../lib/billing/statement.ts";
import { monthListing } from "../lib/s3/month-listing.ts";
import { snapshotStore } from "../lib/s3/snapshot-store.ts";
import { LAKE_BUCKET, SNAPSHOT_BUCKET } from "../local/functions.ts";
import { s3Client } from "../tests/local/s3-client.ts";

/** The months before this one, the nearest first. */
export function monthsBefore(of: Month, count: number): Month[] {
  const months: Month[] = [];
  for (let month = of; months.length < count; months.push(month))
    month = monthBefore(toInstant(toMilliseconds(closableFrom(month, 0)) - 86_400_000));
  return months;
}

/** Writes an empty file for each day, so that the months have files to list. */
export async function writeEmptyDays(lake: string, months: readonly Month[]): Promise<void> {
  const instance = await DuckDBInstance.create(":memory:");
  const connection = await instance.connect();
  for (const day of months.flatMap(daysOf)) {
    const folder = join(lake, "call_usage", `dt=${day}`);
    await mkdir(folder, { recursive: true });
    const from = join(lake, "call_usage", "dt=2026-04-01", "part-0.parquet");
    await connection.run(
      `COPY (SELECT * FROM read_parquet('${from}', hive_partitioning = false) LIMIT 0)
       TO '${join(folder, "part-0.parquet")}' (FORMAT parquet)`,
    );
  }
  connection.closeSync();
  instance.closeSync();
}

/** Writes the manifest as each month's, with the digest of its files and the head that the list needs. */
export async function closeAlike(s3: string, manifest: Manifest, months: readonly Month[]): Promise<void> {
  const client = s3Client(s3);
  const store = snapshotStore(client, SNAPSHOT_BUCKET);
  const listing = monthListing(client, { bucket: LAKE_BUCKET, key: "" });
  for (const period of months) {
    const resellers = manifest.resellers.map((entry) => ({
      ...entry,
      key: statementKey(period, 1, entry.reseller_id, entry.sha256),
    }));
    const copy: Manifest = {
      ...manifest,
      period,
      as_of: closableFrom(period, 3),
      listing_sha256: await listing(period),
      calls_per_day: [],
      resellers,
    };
    const bytes = manifestBytes(copy);
    await store.create(manifestKey(period, 1), bytes);
    await writeHead(store, { manifest: copy, sha256: sha256(bytes) });
  }
  client.destroy();
}
