import { createHash } from "node:crypto";
import type { S3Client } from "@aws-sdk/client-s3";
import type { Month } from "../billing/month.ts";
import { CALL_USAGE } from "../rollup/listing.ts";
import { listLake } from "./rollup-store.ts";
import type { ObjectLocation } from "./signed-requests.ts";

/**
 * Computes the digest of a month's files: the key, size and ETag of every object of the month's days. One listing by
 * prefix finds them.
 *
 * @param lake the lake's bucket and the prefix of its folders
 */
export function monthListing(client: S3Client, lake: ObjectLocation): (month: Month) => Promise<string> {
  return async (month) => {
    const digest = createHash("sha256");
    for await (const objects of listLake(client, lake, `${CALL_USAGE}dt=${month}-`)) {
      for (const { key, size, etag } of objects) digest.update(`${JSON.stringify([key, size, etag])}\n`);
    }
    return digest.digest("hex");
  };
}
