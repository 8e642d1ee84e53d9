import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { listingPage } from "../../../lib/s3/listing-page.ts";

const escaped = (text: string) =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");

interface Sent {
  readonly keys?: readonly string[];
  readonly folders?: readonly string[];
  readonly head?: string;
  readonly count?: number;
}

/** An answer of S3's with these keys and folders. */
function answer({
  keys = [],
  folders = [],
  head = "<IsTruncated>false</IsTruncated>",
  count = keys.length + folders.length,
}: Sent): string {
  const contents = keys.map(
    (key, size) =>
      `<Contents><Key>${escaped(key)}</Key><LastModified>2026-01-01T00:00:00.000Z</LastModified><ETag>&quot;${size}&quot;</ETag><Size>${size}</Size></Contents>`,
  );
  const prefixes = folders.map(
    (each) => `<CommonPrefixes><Prefix>${escaped(each)}</Prefix></CommonPrefixes>`,
  );
  return `<?xml version="1.0"?><ListBucketResult><Name>lake</Name><KeyCount>${count}</KeyCount>${head}${contents.join("")}${prefixes.join("")}</ListBucketResult>`;
}

describe("a page of a listing", () => {
  test("reads key, size, ETag and time of every object, whatever the keys are", () => {
    const texts = fc.string({ unit: "grapheme-composite" });
    fc.assert(
      fc.property(fc.array(texts, { maxLength: 5 }), fc.array(texts, { maxLength: 3 }), (keys, folders) => {
        expect(listingPage(answer({ keys, folders }))).toEqual({
          objects: keys.map((key, size) => ({
            key,
            size,
            etag: `"${size}"`,
            lastModified: "2026-01-01T00:00:00.000Z",
          })),
          folders,
          next: undefined,
        });
      }),
    );
  });

  test("reads numeric escapes, which S3 uses for control characters", () => {
    const [object] = listingPage(answer({ keys: ["a"] }).replace("<Key>a<", "<Key>a&#x9;b&#10;<")).objects;
    expect(object?.key).toBe("a\tb\n");
  });

  test("says which page follows", () => {
    const head = "<IsTruncated>true</IsTruncated><NextContinuationToken>a&amp;b</NextContinuationToken>";
    expect(listingPage(answer({ head })).next).toBe("a&b");
    const last = "<IsTruncated>false</IsTruncated><NextContinuationToken>x</NextContinuationToken>";
    expect(listingPage(answer({ head: last })).next).toBeUndefined();
  });

  test.each([
    ["is cut short", answer({ keys: ["a"] }).slice(0, -5)],
    ["is truncated and has no token", answer({ head: "<IsTruncated>true</IsTruncated>" })],
    ["does not say whether it is truncated", answer({ head: "" })],
    [
      "says neither that it is truncated nor that it is not",
      answer({ head: "<IsTruncated>?</IsTruncated>" }),
    ],
    ["has fewer keys than it says", answer({ keys: ["a"], count: 2 })],
    ["has more keys than it says", answer({ keys: ["a"], folders: ["b"], count: 1 })],
    ["does not say how many keys it has", answer({ keys: ["a"] }).replace("<KeyCount>1</KeyCount>", "")],
    ["has an object without a time", answer({ keys: ["a"] }).replace(/<LastModified>.*<.LastModified>/, "")],
    ["has an object without a size", answer({ keys: ["a"] }).replace("<Size>0</Size>", "")],
    ["is an error", "<Error><Code>SlowDown</Code></Error>"],
    ["is empty", ""],
  ])("that %s is refused: a part of a listing is never taken for the whole", (_, xml) => {
    expect(() => listingPage(xml)).toThrow(TypeError);
  });
});
