import { AthenaClient } from "@aws-sdk/client-athena";
import { GetObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { NodeHttpHandler } from "@smithy/node-http-handler";
import { athenaCalls } from "../../lib/athena/calls.ts";
import { athenaQuerier } from "../../lib/athena/querier.ts";
import { serverClock } from "../../lib/aws/server-clock.ts";
import { parseS3Folder, s3ObjectReader } from "../../lib/s3/read-object.ts";
import { listLake } from "../../lib/s3/rollup-store.ts";
import type { ObjectLocation } from "../../lib/s3/signed-requests.ts";
import { LAKE_FOLDERS } from "../../lib/usage/lake-files.ts";
import type { Ask } from "./check-records.ts";
import type { LakeSource } from "./lake-source.ts";

export interface DeployedLake {
  /** `s3://<bucket>/<prefix>/` of the tables' folders. */
  readonly location: string;
  readonly workgroup: string;
  readonly database: string;
  readonly region: string;
}

/** Longer than Athena lets a query run. */
const QUERY_MILLISECONDS = 45 * 60_000;

/** Opens a lake in S3: its files, and its records through Athena, with the credentials of the environment. */
export function deployedLake({ location, workgroup, database, region }: DeployedLake): {
  readonly source: LakeSource;
  readonly ask: Ask;
} {
  const requestHandler = new NodeHttpHandler({ connectionTimeout: 2_000, socketTimeout: 60_000 });
  const endpoint = process.env["AWS_ENDPOINT_URL_S3"];
  const s3 = new S3Client({ region, requestHandler, forcePathStyle: endpoint !== undefined });
  const access = { region, credentials: s3.config.credentials, requestHandler, clock: serverClock() };
  const athena = athenaCalls(new AthenaClient({ region, requestHandler, maxAttempts: 1 }));
  const query = athenaQuerier(athena, s3ObjectReader({ ...access, endpoint }), {
    workgroup,
    database,
    catalog: "AwsDataCatalog",
    output: undefined,
    freshnessSeconds: 0,
    waitsOutThrottling: false,
  });
  const folder = parseS3Folder(location);
  return {
    source: async function* entries() {
      for (const table of LAKE_FOLDERS) {
        for await (const page of listLake(s3, folder, `${table}/`)) {
          for (const { key, size } of page) {
            if (key.endsWith("/")) continue;
            const object = { bucket: folder.bucket, key: `${folder.key}${key}` };
            yield { key, bytes: size, isLink: false, open: async () => objectBuffer(s3, object, size) };
          }
        }
      }
    },
    ask: (asked) => query(asked, { deadline: Date.now() + QUERY_MILLISECONDS, observe: () => undefined }),
  };
}

/** Reads only the requested parts of an object. */
function objectBuffer(client: S3Client, { bucket, key }: ObjectLocation, byteLength: number) {
  return {
    byteLength,
    slice: async (start: number, end = byteLength): Promise<ArrayBuffer> => {
      const Range = `bytes=${start}-${end - 1}`;
      const { Body } = await client.send(new GetObjectCommand({ Bucket: bucket, Key: key, Range }));
      const bytes = await Body?.transformToByteArray();
      return new Uint8Array(bytes ?? []).buffer;
    },
  };
}
