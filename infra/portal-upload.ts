import { PutObjectCommand, type S3Client } from "@aws-sdk/client-s3";
import type { PortalFile } from "./portal-files.ts";

/**
 * Uploads the page's files to its bucket one after the other. Assets come first and the files that refer to them
 * last, so that nobody sees an incomplete page. Files of earlier deployments stay, because an open page may still
 * need them.
 *
 * @throws the client's error at the first file that cannot be uploaded
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
