import { text } from "node:stream/consumers";
import { withRetries } from "../aws/retry.ts";
import { internalError } from "../errors.ts";
import { interleave } from "../interleave.ts";
import type { LakeObject } from "../rollup/listing.ts";
import { listingPage } from "./listing-page.ts";
import { S3Error } from "./read-object.ts";
import type { ObjectLocation, SendToS3 } from "./signed-requests.ts";

const TRIES = 8;
const NEVER = new AbortController().signal;

/** Months listed at once. One page takes S3 about 80 ms, and a processor reads more pages than that in the time. */
const MONTHS_AT_ONCE = 16;

/**
 * Yields the files of all days, a page at a time, from many months at once. The keys of a day are in their order; months
 * are mixed. A listing of folders finds the months. So a lake of 20,000,000 files takes minutes, not half an hour.
 *
 * It reads S3's answers itself: the SDK takes about 12 ms of processor time for a page, this a tenth of it.
 *
 * @param lake the lake's bucket and the prefix of its folders
 * @param days the prefix of all days' folders: `call_usage/`
 * @throws ServiceError `internal_error` if a page cannot be read: a part of a listing is never taken for the whole
 */
export async function* listDays(
  send: SendToS3,
  lake: ObjectLocation,
  days: string,
): AsyncGenerator<LakeObject[]> {
  const pagesOf = pageLister(send, lake.bucket);
  const folder = `${lake.key}${days}`;
  const months = new Set<string>();
  for await (const { folders } of pagesOf({ prefix: folder, delimiter: "/" })) {
    for (const name of folders) {
      const [, month] = /^dt=(\d{4}-\d{2})-\d{2}\/$/.exec(name.slice(folder.length)) ?? [];
      if (month !== undefined) months.add(month);
    }
  }
  async function* filesOf(month: string): AsyncGenerator<LakeObject[]> {
    for await (const { objects } of pagesOf({ prefix: `${folder}dt=${month}-` })) {
      yield objects.map(({ key, size, etag }) => ({ key: key.slice(lake.key.length), size, etag }));
    }
  }
  yield* interleave(Array.from(months, filesOf), MONTHS_AT_ONCE);
}

/** Lists a bucket, a page at a time. */
function pageLister(send: SendToS3, bucket: string) {
  async function read(query: Readonly<Record<string, string>>) {
    const { statusCode, body } = await send({ method: "GET", location: { bucket, key: "" }, query }, NEVER);
    if (statusCode !== 200) {
      body.destroy();
      throw new S3Error(statusCode);
    }
    return listingPage(await text(body));
  }

  return async function* pages(listing: Readonly<Record<string, string>>) {
    let token: string | undefined;
    do {
      const query = { "list-type": "2", ...listing, ...(token && { "continuation-token": token }) };
      const page = await withRetries(() => read(query), TRIES, NEVER).catch((error: unknown) => {
        throw internalError("S3 refused a listing, or sent an invalid one", error);
      });
      yield page;
      token = page.next;
    } while (token !== undefined);
  };
}
