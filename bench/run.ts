/**
 * `npm run bench`: compares this project's Athena client with its peers in one run over the same local services.
 * Prints tables of ratios and writes them to docs/benchmarks.md.
 */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { cpus, tmpdir, totalmem } from "node:os";
import { join } from "node:path";
import { buildFunctions } from "../infra/build.ts";
import { benchClients, ENGINE_MS } from "./clients-bench.ts";
import { benchDecoder } from "./decoder-bench.ts";
import { goals } from "./goals.ts";
import { benchMemory } from "./memory-bench.ts";
import { installPeers, peerVersions } from "./peers.ts";
import { LATENCY_MS, startScriptedServices } from "./scripted-services.ts";

const ROOT = join(import.meta.dirname, "..");

const directory = await mkdtemp(join(tmpdir(), "bench-"));
try {
  await buildFunctions();
  const peers = await installPeers(join(ROOT, ".local", "bench"));
  const decoder = await benchDecoder();
  await using services = await startScriptedServices(directory);
  const memory = await benchMemory(services);
  const comparisons = await benchClients(services, peers);
  const document = `# Benchmarks

Made by \`npm run bench\` on ${new Date().toISOString().slice(0, 10)}, on ${cpus().length} cores and ${Math.round(totalmem() / 2 ** 30)} GiB, with Node ${process.version}. Medians, with the least and the most in brackets; ratios hold on other machines, times do not.

## The client beside its peers

Every client runs a query on the same local Athena and S3, each in a process of its own, in turn, after one query to warm up. The engine takes ${ENGINE_MS.map((each) => (each / 1_000).toFixed(2)).join(", ")} s in the rounds, the writing of the result included; every call of Athena's and every GET of an object takes ${LATENCY_MS} ms before it is answered. The floor is the engine's time and one plain GET of the same bytes. This client also checks each row and folds it into the report; a peer has its rows as it hands them out. Peers, as they come and with their polls as frequent as this client's: ${peerVersions().join(", ")}.

${goals(comparisons)}

${comparisons.map(({ section }) => section).join("\n\n")}

## The memory of a request

One request through the bundle in a fresh process, gzip accepted. What it has more than a request of 10 rows, beside the answer's plain JSON.

${memory}

## The decoder of results

A result of 150,000 rows, decoded in pieces of 64 KiB.

${decoder}
`;
  console.log(document);
  await writeFile(join(ROOT, "docs", "benchmarks.md"), document);
} finally {
  await rm(directory, { recursive: true });
}
