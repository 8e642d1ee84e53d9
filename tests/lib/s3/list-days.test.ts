import { once } from "node:events";
import { createServer } from "node:http";
import { NodeHttpHandler } from "@smithy/node-http-handler";
import { describe, expect, test } from "vitest";
import { serverClock } from "../../../lib/aws/server-clock.ts";
import { filesByDay, type LakeObject } from "../../../lib/rollup/listing.ts";
import { listDays } from "../../../lib/s3/list-days.ts";
import { signedRequests } from "../../../lib/s3/signed-requests.ts";
import { collect } from "../valid.ts";

const PAGE = 3;
const KEYS = [
  ...["2025-12-31", "2026-01-01", "2026-01-02", "2026-03-01"].flatMap((day) =>
    ["a", "b", "c", "d"].map((name) => `lake/call_usage/dt=${day}/${name}.parquet`),
  ),
  "lake/call_usage/dt=2026-02-31/no-day.parquet",
  "lake/call_usage/dt=2026-03-01/deep/er & er/<x>.parquet",
  "lake/call_usage/dt=2026-03/month.parquet",
  "lake/call_usage/dt=2026-03-01x/other.parquet",
  "lake/call_usage/file-beside-the-days.parquet",
  "lake/resellers/a.parquet",
].toSorted();

const escaped = (text: string) =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");

/** An S3 with these keys, three a page, which fails the first time that each page is asked for. */
async function startS3() {
  const asked = new Set<string>();
  const server = createServer((request, response) => {
    const { searchParams } = new URL(request.url ?? "", "http://localhost");
    const query = searchParams.toString();
    if (!asked.has(query)) {
      asked.add(query);
      response.writeHead(503).end("<Error><Code>SlowDown</Code></Error>");
      return;
    }
    const prefix = searchParams.get("prefix") ?? "";
    const isFolders = searchParams.has("delimiter");
    const own = KEYS.filter((key) => key.startsWith(prefix)).map((key) => {
      const rest = key.slice(prefix.length);
      return isFolders && rest.includes("/") ? `${prefix}${rest.split("/")[0]}/` : key;
    });
    const all = [...new Set(own)];
    const from = Number(searchParams.get("continuation-token") ?? 0);
    const some = all.slice(from, from + PAGE);
    const more = from + PAGE < all.length;
    const parts = some.map((key) =>
      key.endsWith("/")
        ? `<CommonPrefixes><Prefix>${escaped(key)}</Prefix></CommonPrefixes>`
        : `<Contents><Key>${escaped(key)}</Key><LastModified>2026-01-01T00:00:00.000Z</LastModified><ETag>&quot;e&quot;</ETag><Size>7</Size></Contents>`,
    );
    response.end(
      `<ListBucketResult><IsTruncated>${more}</IsTruncated>${more ? `<NextContinuationToken>${from + PAGE}</NextContinuationToken>` : ""}<KeyCount>${some.length}</KeyCount>${parts.join("")}</ListBucketResult>`,
    );
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new TypeError("no port");
  const requestHandler = new NodeHttpHandler();
  return {
    settings: {
      region: "eu-central-1",
      credentials: async () => ({ accessKeyId: "key", secretAccessKey: "secret" }),
      requestHandler,
      clock: serverClock(),
      endpoint: `http://127.0.0.1:${address.port}`,
    },
    [Symbol.asyncDispose]: async () => {
      requestHandler.destroy();
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

async function* onePage(objects: readonly LakeObject[]) {
  yield objects;
}

describe("the listing of all days", () => {
  test("has the days, digests and bytes of a listing of everything, whatever lies beside the days", async () => {
    await using s3 = await startS3();
    const pages = await collect(
      listDays(signedRequests(s3.settings), { bucket: "bucket", key: "lake/" }, "call_usage/"),
    );
    const whole = KEYS.map((key) => ({ key: key.slice("lake/".length), size: 7, etag: '"e"' }));
    const expected = await filesByDay(onePage(whole.filter(({ key }) => key.startsWith("call_usage/"))));
    async function* listed() {
      yield* pages;
    }
    expect([...(await filesByDay(listed()))]).toEqual([...expected]);
    expect([...expected.keys()]).toEqual(["2025-12-31", "2026-01-01", "2026-01-02", "2026-03-01"]);
  });
});
