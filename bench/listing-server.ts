/** An S3 that makes up the listing of a large lake: so many objects a day, and no other bucket, object or call. */
import { setTimeout as sleep } from "node:timers/promises";
import { addDays, dayOf } from "../lib/period.ts";
import { listen } from "../local/listen.ts";

const PAGE = 1_000;
const [, , objectsText = "", daysText = "", latencyText = ""] = process.argv;
const DAYS = Number(daysText);
const A_DAY = Math.ceil(Number(objectsText) / DAYS);
const LATENCY_MS = Number(latencyText);

const first = dayOf(Date.UTC(2021, 0, 1));
const days = Array.from({ length: DAYS }, (_, at) => addDays(first, at));
const ETAG = `&quot;${"0123456789abcdef".repeat(2)}&quot;`;

/** The page of the listing that a query asks for, as S3 words it. */
function page(query: URLSearchParams): string {
  const prefix = query.get("prefix") ?? "";
  const from = Number(query.get("continuation-token") ?? 0);
  const isFolders = query.get("delimiter") === "/";
  const own = days.filter((day) => `call_usage/dt=${day}/`.startsWith(prefix));
  const total = isFolders ? own.length : own.length * A_DAY;
  const until = Math.min(total, from + PAGE);
  const parts: string[] = [];
  for (let at = from; at < until; at++) {
    if (isFolders) {
      parts.push(`<CommonPrefixes><Prefix>call_usage/dt=${own[at]}/</Prefix></CommonPrefixes>`);
      continue;
    }
    const name = `part-${String(at % A_DAY).padStart(8, "0")}-c000.snappy.parquet`;
    parts.push(
      `<Contents><Key>call_usage/dt=${own[Math.floor(at / A_DAY)]}/${name}</Key><LastModified>2026-01-01T00:00:00.000Z</LastModified><ETag>${ETAG}</ETag><Size>1048576</Size><StorageClass>STANDARD</StorageClass></Contents>`,
    );
  }
  const more = until < total;
  return `<?xml version="1.0" encoding="UTF-8"?>\n<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>lake</Name><IsTruncated>${more}</IsTruncated>${more ? `<NextContinuationToken>${until}</NextContinuationToken>` : ""}${parts.join("")}</ListBucketResult>`;
}

const server = await listen(0, async (request, response) => {
  const { searchParams } = new URL(request.url ?? "/", "http://127.0.0.1");
  await sleep(LATENCY_MS);
  response.writeHead(200, { "content-type": "application/xml" }).end(page(searchParams));
});
console.log(server.url);
