/** Tells which packages and folders a bundle's bytes and the time of its import come from. */
import { execFile } from "node:child_process";
import { mkdir, readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import * as z from "zod";
import { table } from "./statistics.ts";

const RUNS = 20;
const SHOWN = 14;

const cpuProfile = z.object({
  nodes: z.array(
    z.object({
      id: z.number(),
      callFrame: z.object({ functionName: z.string(), url: z.string(), lineNumber: z.number() }),
      positionTicks: z.array(z.object({ line: z.number(), ticks: z.number() })).optional(),
      children: z.array(z.number()).optional(),
    }),
  ),
  samples: z.array(z.number()),
  timeDeltas: z.array(z.number()),
});

/**
 * Profiles the import with V8's sampling profiler.
 *
 * @param file the bundle, not minified: esbuild writes each module's path above its code
 * @param inputs the modules of the minified bundle, with their bytes
 * @returns a Markdown table
 */
export async function profileImport(
  file: string,
  inputs: Readonly<Record<string, { readonly bytesInOutput: number }>>,
  environment: NodeJS.ProcessEnv,
  directory: string,
): Promise<string> {
  const bytes = new Map<string, number>();
  for (const [path, { bytesInOutput }] of Object.entries(inputs)) add(bytes, partOf(path), bytesInOutput);

  const lines = (await readFile(file, "utf8")).split("\n");
  const times = new Map<string, number>();
  for (let run = 0; run < RUNS; run++) {
    const folder = join(directory, "profiles");
    await mkdir(folder);
    const options = ["--cpu-prof", "--cpu-prof-interval", "100", "--cpu-prof-dir", folder];
    await promisify(execFile)(process.execPath, [...options, file], { env: environment });
    for (const name of await readdir(folder)) {
      const text = await readFile(join(folder, name), "utf8");
      addTimes(times, cpuProfile.parse(JSON.parse(text)), file, lines);
    }
    await rm(folder, { recursive: true });
  }
  const all = [...times.values()].reduce((sum, each) => sum + each, 0);
  const share = (part: string) => `${(((times.get(part) ?? 0) / all) * 100).toFixed(0)} %`;
  const kilobytes = (part: string) => ((bytes.get(part) ?? 0) / 1e3).toFixed(1);
  const parts = [...new Set([...times.keys(), ...bytes.keys()])].toSorted(
    (a, b) => (times.get(b) ?? 0) - (times.get(a) ?? 0) || (bytes.get(b) ?? 0) - (bytes.get(a) ?? 0),
  );
  return table(
    ["part", "KB of the bundle", "share of the import's time"],
    parts.slice(0, SHOWN).map((part) => [part, kilobytes(part), share(part)]),
  );
}

/** Adds each sample's time to the part whose code ran, or called what ran. */
function addTimes(
  times: Map<string, number>,
  { nodes, samples, timeDeltas }: z.infer<typeof cpuProfile>,
  file: string,
  lines: readonly string[],
): void {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const parents = new Map(nodes.flatMap(({ id, children = [] }) => children.map((child) => [child, id])));
  for (const [index, sample] of samples.entries()) {
    const stack = stackOf(sample, parents).flatMap((id) => byId.get(id) ?? []);
    const own = stack.find(({ callFrame }) => callFrame.url.endsWith(file));
    const time = timeDeltas[index] ?? 0;
    if (own === undefined) {
      const isCompiling = stack.some(({ callFrame }) => callFrame.functionName === "compileSourceTextModule");
      if (isCompiling) add(times, "compiling the bundle", time);
      continue;
    }
    // The code of all modules is one function: the lines that were hit tell which module it is.
    const hits = own === stack[0] && own.callFrame.functionName === "" ? (own.positionTicks ?? []) : [];
    const ticks = hits.reduce((sum, hit) => sum + hit.ticks, 0);
    if (ticks === 0) add(times, partAt(own.callFrame.lineNumber, lines), time);
    for (const hit of hits) add(times, partAt(hit.line - 1, lines), (time * hit.ticks) / ticks);
  }
}

/** The ids from a node up to the root. */
function stackOf(id: number, parents: ReadonlyMap<number, number>): number[] {
  const parent = parents.get(id);
  return parent === undefined ? [id] : [id, ...stackOf(parent, parents)];
}

/** The part that a line of the bundle belongs to. */
function partAt(line: number, lines: readonly string[]): string {
  for (let at = line; at >= 0; at--) {
    const [, path] = /^\s*\/\/ ((?:node_modules|lib|functions|infra)\/\S+)/.exec(lines[at] ?? "") ?? [];
    if (path !== undefined) return partOf(path);
  }
  return "esbuild's helpers";
}

/** `zod`, `@smithy/core` or `lib/http`. */
function partOf(path: string): string {
  const name = /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1];
  return name ?? path.split("/").slice(0, 2).join("/");
}

function add(sums: Map<string, number>, key: string, value: number): void {
  sums.set(key, (sums.get(key) ?? 0) + value);
}
