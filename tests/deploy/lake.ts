import { readdir, readFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { buffer } from "node:stream/consumers";
import { GetObjectCommand, PutObjectCommand, type S3Client } from "@aws-sdk/client-s3";
import { type AthenaOptions, startAthena } from "../../local/athena/server.ts";
import type { Engine } from "../../local/engine/engine.ts";
import { faults } from "../../local/faults.ts";
import type { LocalServer } from "../../local/listen.ts";

/** Uploads every file of a lake's folder to a bucket. */
export async function uploadLake(s3: S3Client, directory: string, bucket: string): Promise<void> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  for (const { parentPath, name } of entries.filter((entry) => entry.isFile())) {
    const file = join(parentPath, name);
    const command = { Bucket: bucket, Key: relative(directory, file), Body: await readFile(file) };
    await s3.send(new PutObjectCommand(command));
  }
}

/** The project's own Athena for one workgroup, which writes its results to MiniStack's S3. */
export function startWorkgroup(
  s3: S3Client,
  engine: Engine,
  workgroup: Pick<AthenaOptions, "workgroup" | "database" | "outputLocation">,
): Promise<LocalServer> {
  return startAthena({
    ...workgroup,
    port: 0,
    engine,
    faults: faults(),
    bytesScannedCutoff: undefined,
    store: async (location, content) => {
      const Body = Buffer.concat([...content]);
      await s3.send(new PutObjectCommand({ ...bucketAndKey(location), Body }));
    },
    open: async function* (location) {
      const { Body } = await s3.send(new GetObjectCommand(bucketAndKey(location)));
      if (Body === undefined) throw new TypeError(`${location} has no content`);
      yield await buffer(Body.transformToWebStream());
    },
  });
}

function bucketAndKey(location: string): { Bucket: string; Key: string } {
  const { hostname, pathname } = new URL(location);
  return { Bucket: hostname, Key: pathname.slice(1) };
}
