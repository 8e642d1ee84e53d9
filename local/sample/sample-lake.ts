import { hash, randomUUID } from "node:crypto";
import { readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { dayOf } from "../../lib/period.ts";
import type { Lake } from "../lake/records.ts";
import { replaceDirectory, writeLake } from "../lake/write.ts";
import { sampleCalls } from "./calls.ts";
import { sampleDirectory } from "./directory.ts";

export { SAMPLE_RESELLERS } from "./directory.ts";

/** The last day of the sample. The months before its month are complete, its own month is open. */
export const SAMPLE_DATE = dayOf(Date.UTC(2026, 4, 10));

/** Says which generator wrote the folder, and that it finished. */
const MARKER = "sample.json";

/**
 * Generates a small telephony business, identical in every run: 3 resellers, 40 organizations, about 600 agents and
 * 300,000 calls from 2026-02-01 to `SAMPLE_DATE`. It contains everything that happens to such data: copies,
 * corrections, late arrivals, deleted and unnamed customers, an organization that changed hands.
 */
export function sampleLake(): Lake {
  const { resellers, organizations, agents, businesses } = sampleDirectory();
  return { resellers, organizations, agents, call_usage: sampleCalls(businesses) };
}

/**
 * Makes sure that the folder contains the sample lake of this version of the generator. Several processes may do so
 * at the same time. A complete and current lake is kept.
 */
export async function ensureSampleLake(directory: string): Promise<"written" | "reused"> {
  const generator = await generatorHash();
  const isCurrent = async () => (await markerIn(directory)) === generator;
  if (await isCurrent()) return "reused";
  const fresh = `${resolve(directory)}.fresh-${randomUUID()}`;
  try {
    await writeLake(fresh, sampleLake(), { filesPerDay: 2 });
    await writeFile(join(fresh, MARKER), JSON.stringify({ generator }));
    if (await isCurrent()) return "reused";
    await replaceDirectory(directory, fresh);
    return "written";
  } finally {
    await rm(fresh, { recursive: true, force: true });
  }
}

/** Changes whenever the code of the sample changes. */
async function generatorHash(): Promise<string> {
  const folders = [import.meta.dirname, join(import.meta.dirname, "..", "lake")];
  const files = await Promise.all(
    folders.map(async (folder) => (await readdir(folder)).sort().map((name) => join(folder, name))),
  );
  const texts = await Promise.all(files.flat().map((file) => readFile(file, "utf8")));
  return hash("sha256", texts.join("\0"));
}

async function markerIn(directory: string): Promise<unknown> {
  try {
    const marker: unknown = JSON.parse(await readFile(join(directory, MARKER), "utf8"));
    return typeof marker === "object" && marker !== null && "generator" in marker
      ? marker.generator
      : undefined;
  } catch {
    return undefined;
  }
}
