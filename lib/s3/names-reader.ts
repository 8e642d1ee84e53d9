import { text } from "node:stream/consumers";
import { type Names, type NamesObject, namesFrom } from "../reuse/names.ts";
import { LAKE_FOLDERS } from "../usage/lake-files.ts";
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
    const page = parsePage(document);
    objects.push(...page.objects);
    token = page.next;
  } while (token !== undefined);
  return objects;
}

/**
 * Reads one page of ListObjectsV2. The elements are those that S3 documents, and keys are URL-encoded, so no text in them
 * can look like an element.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html
 *
 * @throws TypeError for a document that is not a whole page
 */
function parsePage(document: string): { objects: NamesObject[]; next: string | undefined } {
  const objects = Array.from(document.matchAll(/<Contents>(.*?)<\/Contents>/gs), ([, content = ""]) => ({
    key: element(content, "Key"),
    size: Number(element(content, "Size")),
    etag: element(content, "ETag"),
    lastModified: element(content, "LastModified"),
  }));
  if (!document.trimEnd().endsWith("</ListBucketResult>")) throw new TypeError("not a whole listing");
  if (Number(element(document, "KeyCount")) !== objects.length) throw new TypeError("a listing lacks keys");
  const isTruncated = element(document, "IsTruncated");
  if (isTruncated !== "true" && isTruncated !== "false") throw new TypeError("a listing without an end");
  return {
    objects,
    next: isTruncated === "true" ? unescaped(element(document, "NextContinuationToken")) : undefined,
  };
}

function element(xml: string, name: string): string {
  const [, value] = new RegExp(`<${name}>([^<]*)</${name}>`).exec(xml) ?? [];
  if (value === undefined) throw new TypeError(`a listing without ${name}`);
  return value;
}

const ENTITIES: Readonly<Record<string, string>> = { lt: "<", gt: ">", quot: '"', apos: "'", amp: "&" };

function unescaped(value: string): string {
  return value.replace(/&(lt|gt|quot|apos|amp);/g, (entity, name: string) => ENTITIES[name] ?? entity);
}
