import { PutObjectCommand, type S3Client } from "@aws-sdk/client-s3";
import type { PortalFile } from "./portal-files.ts";

/**
 * Puts the page's files into its bucket, one after the other: assets first, and what names them last, so that nobody is
 * shown a page whose parts are not there yet. What earlier deployments left stays: a page that is open may still need it.
 *
 * @throws the client's error at the first file that cannot be put
 */
export async function uploadPortal(
  s3: S3Client,
  bucket: string,
  files: readonly PortalFile[],
): Promise<void> {
  for (const { path, content, contentType, cacheControl } of files) {
    await s3.send(
      new PutObjectCommand({
        Bucket: bucket,
        Key: `portal/${path}`,
        Body: content,
        ContentType: contentType,
        CacheControl: cacheControl,
      }),
    );
  }
}
