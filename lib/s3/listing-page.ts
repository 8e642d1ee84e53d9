/** An object of a listing. */
export interface ListedObject {
  readonly key: string;
  readonly size: number;
  /** With its quotes. */
  readonly etag: string;
  /** `2026-01-01T00:00:00.000Z`; S3 gives whole seconds. */
  readonly lastModified: string;
}

/** A page of a bucket's listing. */
export interface ListingPage {
  readonly objects: readonly ListedObject[];
  /** Common prefixes, if the listing has a delimiter. */
  readonly folders: readonly string[];
  /** The token of the next page; undefined on the last one. */
  readonly next: string | undefined;
}

/**
 * Reads S3's answer to ListObjectsV2.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html
 *
 * @throws TypeError for an answer that is cut short, has another number of keys than it says, does not say whether it is
 *   truncated, or is truncated without a token
 */
export function listingPage(xml: string): ListingPage {
  if (!xml.trimEnd().endsWith("</ListBucketResult>")) throw new TypeError("the listing is cut short");
  const [head = "", ...contents] = xml.split("<Contents>");
  const objects = contents.map((object) => ({
    key: unescaped(required(object, "Key")),
    size: Number(required(object, "Size")),
    etag: unescaped(required(object, "ETag")),
    lastModified: required(object, "LastModified"),
  }));
  const folders = Array.from(
    xml.matchAll(/<CommonPrefixes>\s*<Prefix>([^<]*)<\/Prefix>/g),
    ([, folder = ""]) => unescaped(folder),
  );
  // S3 writes them before or after the contents.
  const rest = `${head}${(contents.at(-1) ?? "").split("</Contents>").at(1) ?? ""}`;
  if (Number(required(rest, "KeyCount")) !== objects.length + folders.length) {
    throw new TypeError("the listing has another number of keys than it says");
  }
  const truncated = required(rest, "IsTruncated");
  if (truncated !== "true" && truncated !== "false") {
    throw new TypeError("the listing does not say whether it is truncated");
  }
  const isTruncated = truncated === "true";
  const token = element(rest, "NextContinuationToken");
  if (isTruncated && token === undefined) {
    throw new TypeError("the listing is truncated but has no continuation token");
  }
  return { objects, folders, next: isTruncated && token !== undefined ? unescaped(token) : undefined };
}

/** The text of the first element of this name; undefined if there is none. */
function element(xml: string, name: string): string | undefined {
  const start = xml.indexOf(`<${name}>`);
  const end = xml.indexOf(`</${name}>`, start);
  return start === -1 || end === -1 ? undefined : xml.slice(start + name.length + 2, end);
}

function required(xml: string, name: string): string {
  const found = element(xml, name);
  if (found === undefined) throw new TypeError(`the listing has no ${name}`);
  return found;
}

const NAMED: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" };

/** The text without XML's escapes. */
function unescaped(text: string): string {
  if (!text.includes("&")) return text;
  return text.replaceAll(/&(#x?[0-9a-f]+|\w+);/gi, (whole, name: string) => {
    if (name.startsWith("#x") || name.startsWith("#X"))
      return String.fromCodePoint(Number.parseInt(name.slice(2), 16));
    if (name.startsWith("#")) return String.fromCodePoint(Number(name.slice(1)));
    return NAMED[name] ?? whole;
  });
}
