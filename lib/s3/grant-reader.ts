import { withRetries } from "../aws/retry.ts";
import { ServiceError } from "../errors.ts";
import type { Uuid } from "../ids.ts";
import { type Grant, MAX_GRANT_BYTES, readGrant, unknownAccount } from "../scope/grant.ts";
import { type OpenObject, parseS3Folder } from "./read-object.ts";

const TRIES = 4;
/** The object is small and in the same region. A read that takes longer is treated as failed. */
const TIMEOUT_MS = 3_000;
const RETRY_AFTER_SECONDS = 5;

/**
 * Reads the grants of accounts for each request, so that a revocation applies to the next one.
 *
 * @param location `s3://<bucket>/<prefix>/`; the grant of an account is `<prefix>/<account>.json`
 */
export function grantReader(openObject: OpenObject, location: string): (account: Uuid) => Promise<Grant> {
  const { bucket, key: prefix } = parseS3Folder(location);
  return async (account) => {
    const content = await read(openObject, { bucket, key: `${prefix}${account}.json` });
    if (content === undefined) throw unknownAccount("no object");
    return readGrant(content, account);
  };
}

async function read(
  openObject: OpenObject,
  location: { readonly bucket: string; readonly key: string },
): Promise<Uint8Array | undefined> {
  const signal = AbortSignal.timeout(TIMEOUT_MS);
  try {
    return await withRetries(() => readOnce(openObject, location, signal), TRIES, signal);
  } catch (error) {
    throw new ServiceError(
      "engine_unavailable",
      `The resellers of your account cannot be read now. Try again in ${RETRY_AFTER_SECONDS} seconds.`,
      { headers: { "retry-after": String(RETRY_AFTER_SECONDS) }, cause: error },
    );
  }
}

/** Reads the object's bytes, but only as many as show that it is too large. */
async function readOnce(
  openObject: OpenObject,
  location: { readonly bucket: string; readonly key: string },
  signal: AbortSignal,
): Promise<Uint8Array | undefined> {
  const object = await openObject(location, signal);
  if (object === undefined) return undefined;
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of object) {
    chunks.push(chunk);
    bytes += chunk.byteLength;
    if (bytes > MAX_GRANT_BYTES) break;
  }
  return Buffer.concat(chunks);
}
