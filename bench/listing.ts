/**
 * `npm run bench:listing`: measures how long the rollup takes to list a large lake, and how much memory. The S3 is a
 * process of its own that makes the listing up. `--objects N` sets the number of files (20,000,000).
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { cpus } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { serverClock } from "../lib/aws/server-clock.ts";
import { connections } from "../lib/composition/connections.ts";
import { CALL_USAGE, filesByDay } from "../lib/rollup/listing.ts";
import { listDays } from "../lib/s3/list-days.ts";
import { signedRequests } from "../lib/s3/signed-requests.ts";
import { table } from "./statistics.ts";

const DAYS = 1_826;
const LATENCY_MS = 80;
const GOAL_SECONDS = 300;
const GOAL_MEGABYTES = 300;
const DOCUMENT = join(import.meta.dirname, "..", "docs", "benchmarks-listing.md");

const { values } = parseArgs({ options: { objects: { type: "string", default: "20000000" } } });
const server = spawn(
  process.execPath,
  [join(import.meta.dirname, "listing-server.ts"), values.objects, String(DAYS), String(LATENCY_MS)],
  { stdio: ["ignore", "pipe", "inherit"] },
);
const [said] = await once(server.stdout, "data");
const settings = {
  region: "eu-central-1",
  credentials: async () => ({ accessKeyId: "local", secretAccessKey: "local" }),
  requestHandler: connections({ connect: 2_000, answer: 15_000, bytes: 15_000 }),
  clock: serverClock(),
  endpoint: String(said).trim(),
};

let objects = 0;
let calls = 0;
let most = 0;
async function* counted(): ReturnType<typeof listDays> {
  for await (const page of listDays(signedRequests(settings), { bucket: "lake", key: "" }, CALL_USAGE)) {
    objects += page.length;
    calls += 1;
    most = Math.max(most, process.memoryUsage.rss());
    if (calls % 1_000 === 0)
      console.error(
        `${(objects / 1e6).toFixed(0)} million objects, ${(performance.now() / 1_000).toFixed(0)} s`,
      );
    yield page;
  }
}

const before = process.cpuUsage();
const startedAt = performance.now();
const found = await filesByDay(counted());
const seconds = (performance.now() - startedAt) / 1_000;
const { user, system } = process.cpuUsage(before);
server.kill();

const megabytes = most / 1e6;
const verdict = (isMet: boolean, text: string) => `- ${isMet ? "met" : "**not met**"}: ${text}`;
const document = `# Listing a large lake

For anyone with a lake of millions of files. Made by \`npm run bench:listing\` on ${new Date().toISOString().slice(0, 10)}, on ${cpus().length} cores. The code of the rollup lists a lake of ${DAYS} days in an S3 that makes the listing up and takes ${LATENCY_MS} ms for a page of 1,000.

${table(
  ["objects", "days", "pages", "seconds", "processor seconds", "most memory, MB"],
  [
    [
      objects.toLocaleString("en"),
      String(found.size),
      String(calls),
      seconds.toFixed(0),
      ((user + system) / 1e6).toFixed(0),
      megabytes.toFixed(0),
    ],
  ],
)}

${verdict(seconds < GOAL_SECONDS, `under ${GOAL_SECONDS} s`)}
${verdict(megabytes < GOAL_MEGABYTES, `under ${GOAL_MEGABYTES} MB`)}
- one page after another, the same pages would wait ${((calls * LATENCY_MS) / 60_000).toFixed(0)} minutes for S3 alone
`;
console.log(document);
await writeFile(DOCUMENT, document);
process.exit(0);
