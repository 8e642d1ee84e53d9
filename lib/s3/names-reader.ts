import { text } from "node:stream/consumers";
import { type Names, type NamesObject, namesFrom } from "../reuse/names.ts";
import { LAKE_FOLDERS } from "../usage/lake-files.ts";
import { listingPage } from "./listing-page.ts";
import { parseS3Folder, S3Error } from "./read-object.ts";
import type { ObjectLocation, SendToS3 } from "./signed-requests.ts";

/** The listings are small: each of the folders has a few files. */
const TIMEOUT_MS = 1_000;

const FOLDERS = LAKE_FOLDERS.filter((folder) => folder !== "call_usage");

/**
 * Lists the lake's files with names, the three folders at the same time.
 *
 * @param lake `s3://<bucket>/<prefix>/` of the lake's folders
 * @param now the present instant, milliseconds since 1970
 * @returns the names; throws if any page of a listing cannot be read: a part is never taken for the whole
 */
export function namesReader(send: SendToS3, lake: string, now: () => number): () => Promise<Names> {
  const { bucket, key: prefix } = parseS3Folder(lake);
  return async () => {
    const listedAt = now();
    const signal = AbortSignal.timeout(TIMEOUT_MS);
    const folders = await Promise.all(
      FOLDERS.map((folder) => listFolder(send, { bucket, key: `${prefix}${folder}/` }, signal)),
    );
    return namesFrom(folders.flat(), listedAt);
  };
}

async function listFolder(
  send: SendToS3,
  { bucket, key: prefix }: ObjectLocation,
  signal: AbortSignal,
): Promise<NamesObject[]> {
  const objects: NamesObject[] = [];
  let token: string | undefined;
  do {
    const query = { "list-type": "2", "encoding-type": "url", prefix };
    const { statusCode, body } = await send(
      {
        method: "GET",
        location: { bucket, key: "" },
        query: token === undefined ? query : { ...query, "continuation-token": token },
      },
      signal,
    );
    const document = await text(body);
    if (statusCode !== 200) throw new S3Error(statusCode);
    const page = listingPage(document);
    objects.push(...page.objects);
    token = page.next;
  } while (token !== undefined);
  return objects;
}
