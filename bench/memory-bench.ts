import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import * as z from "zod";
import type { ScriptedServices } from "./scripted-services.ts";
import { median, spread, table } from "./statistics.ts";
import { usageResult } from "./usage-result.ts";

const BUNDLE = join(import.meta.dirname, "../dist/functions/reports/index.mjs");
const REQUEST = join(import.meta.dirname, "clients/one-request.ts");
const ROUNDS = 3;

const figures = z.object({
  peakMegabytes: z.number(),
  plainMegabytes: z.number(),
  sentMegabytes: z.number(),
});
type Figures = z.infer<typeof figures>;

/**
 * Measures the peak memory of one request through the bundle, for a small and for a large answer, with a limited
 * heap.
 */
export async function benchMemory(services: ScriptedServices): Promise<string> {
  const small: Figures[] = [];
  const bounded: Figures[] = [];
  const large: Figures[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    small.push(await request(services, 10));
    large.push(await request(services, 150_000));
    bounded.push(await request(services, 150_000, ["--max-old-space-size=128", "--max-semi-space-size=8"]));
  }
  const base = median(small.map(({ peakMegabytes }) => peakMegabytes));
  const row = (name: string, of: readonly Figures[]) => {
    const plain = median(of.map(({ plainMegabytes }) => plainMegabytes));
    const peaks = of.map(({ peakMegabytes }) => peakMegabytes);
    const growth = median(peaks) - base;
    const sent = median(of.map(({ sentMegabytes }) => sentMegabytes));
    const ratio = growth === 0 ? "" : (growth / plain).toFixed(1);
    return [name, plain.toFixed(1), sent.toFixed(1), spread(peaks, 0), growth.toFixed(0), ratio];
  };
  return table(
    ["answer of", "plain, MB", "sent, MB", "peak memory, MB", "growth, MB", "growth / plain"],
    [row("10 rows", small), row("150,000 rows", large), row("150,000 rows, in a heap of 128 MB", bounded)],
  );
}

async function request(
  services: ScriptedServices,
  rows: number,
  options: readonly string[] = [],
): Promise<Figures> {
  services.follow({ result: usageResult(rows), engineMs: 0 });
  const environment = { ...services.environment, FRESHNESS_SECONDS: "0" };
  const child = await promisify(execFile)(process.execPath, [...options, REQUEST, BUNDLE], {
    env: environment,
  });
  return figures.parse(JSON.parse(child.stderr));
}
