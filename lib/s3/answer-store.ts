import type { AnswerStore } from "../reuse/stored-answer.ts";
import { parseS3Folder, S3Error } from "./read-object.ts";
import type { SendToS3 } from "./signed-requests.ts";

/** A stored answer that takes longer is not worth the wait: the query may be as fast. */
const READ_MS = 1_500;
/** The answer waits for it. */
const WRITE_MS = 200;

const METADATA = "x-amz-meta-";

/**
 * Keeps answers as objects, each under the hash of its key.
 *
 * @param location `s3://<bucket>/<prefix>/`
 */
export function answerStore(send: SendToS3, location: string): AnswerStore {
  const { bucket, key: prefix } = parseS3Folder(location);
  return {
    read: async ({ hash }) => {
      const request = { method: "GET", location: { bucket, key: `${prefix}${hash}` } } as const;
      const { statusCode, headers, body } = await send(request, AbortSignal.timeout(READ_MS));
      if (statusCode !== 200) body.destroy();
      if (statusCode === 404) return undefined;
      if (statusCode !== 200) throw new S3Error(statusCode);
      const chunks: Uint8Array[] = [];
      for await (const chunk of body) if (chunk instanceof Uint8Array) chunks.push(chunk);
      const metadata = Object.entries(headers).flatMap(([name, value]) =>
        name.startsWith(METADATA) ? [[name.slice(METADATA.length), value] as const] : [],
      );
      return { metadata: Object.fromEntries(metadata), bytes: Buffer.concat(chunks) };
    },
    write: async ({ hash }, { metadata, bytes }) => {
      const headers = Object.fromEntries(
        Object.entries(metadata).map(([name, value]) => [`${METADATA}${name}`, value]),
      );
      const { statusCode, body } = await send(
        {
          method: "PUT",
          location: { bucket, key: `${prefix}${hash}` },
          headers: { "content-type": "application/octet-stream", ...headers },
          body: bytes,
        },
        AbortSignal.timeout(WRITE_MS),
      );
      body.destroy();
      if (statusCode !== 200) throw new S3Error(statusCode);
    },
  };
}
