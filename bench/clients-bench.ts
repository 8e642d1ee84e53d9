import { join } from "node:path";
import { type ClientProcess, startClient } from "./client-process.ts";
import type { Installed } from "./peers.ts";
import type { ScriptedServices } from "./scripted-services.ts";
import { median, spread, table } from "./statistics.ts";
import { usageResult } from "./usage-result.ts";

/**
 * The engine's time in each round, milliseconds. They differ by thirds of a second, so that a client that polls once
 * a second is not always lucky or unlucky.
 */
export const ENGINE_MS = [2_667, 3_000, 3_333];
const SIZES = [10, 10_000, 150_000];

const CLIENTS = join(import.meta.dirname, "clients");
export const OWN = "this client";
const FLOOR = "floor";

/** One query of a client: its time, the least possible time in that round, and its cost. */
interface Sample {
  readonly milliseconds: number;
  readonly engineMs: number;
  readonly calls: string;
  readonly peakMegabytes: number | undefined;
}

/** The medians of a size. */
export interface Comparison {
  readonly size: number;
  /** Ratio of the client's time to the floor. */
  readonly overFloor: ReadonlyMap<string, number>;
  /** Milliseconds that this client takes longer than the floor. */
  readonly ownOvershoot: number;
  /** As Markdown. */
  readonly section: string;
}

/** Runs each client against the same services in turn; one comparison for each size. */
export async function benchClients(services: ScriptedServices, peers: Installed): Promise<Comparison[]> {
  const comparisons: Comparison[] = [];
  for (const size of SIZES) comparisons.push(await compare(services, commands(peers), size));
  return comparisons;
}

/** Each peer with its defaults, and with its fastest options that do not poll more often than this client. */
function commands({ python, npm }: Installed): ReadonlyMap<string, readonly [string, ...string[]]> {
  const pyathena = join(CLIENTS, "pyathena_client.py");
  const awswrangler = join(CLIENTS, "awswrangler_client.py");
  const athenaExpress = join(CLIENTS, "athena-express-client.cjs");
  return new Map([
    [OWN, [process.execPath, join(CLIENTS, "this-client.ts")]],
    ["PyAthena", [python, pyathena, "default", "1"]],
    ["PyAthena, polls 0.1 s", [python, pyathena, "default", "0.1"]],
    ["PyAthena, pandas cursor, polls 0.1 s", [python, pyathena, "pandas", "0.1"]],
    ["awswrangler", [python, awswrangler, "1"]],
    ["awswrangler, polls 0.1 s", [python, awswrangler, "0.1"]],
    ["athena-express", [process.execPath, athenaExpress, npm, "200"]],
    ["athena-express, polls 0.1 s", [process.execPath, athenaExpress, npm, "100"]],
  ]);
}

async function compare(
  services: ScriptedServices,
  clients: ReturnType<typeof commands>,
  size: number,
): Promise<Comparison> {
  const result = usageResult(size);
  const started = new Map<string, ClientProcess>();
  const samples = new Map<string, Sample[]>([[FLOOR, []]]);
  for (const [name, [command, ...args]] of clients) {
    const client = startClient(command, args, services.environment);
    started.set(name, client);
    samples.set(name, []);
    services.follow({ result, engineMs: 0 });
    await client.query();
  }
  for (const engineMs of ENGINE_MS) {
    for (const [name, client] of started) {
      services.follow({ result, engineMs });
      client.resetPeak();
      const { milliseconds, rows } = await client.query();
      // This project's last row is the result's total, which is not a row of the report.
      if (rows !== result.rows && rows !== result.rows - 1) throw new Error(`${name} read ${rows} rows`);
      const calls = callsText(services.calls());
      samples.get(name)?.push({ milliseconds, engineMs, calls, peakMegabytes: client.peakMegabytes() });
    }
    const milliseconds = engineMs + (await plainGet(services.resultUrl()));
    samples.get(FLOOR)?.push({ milliseconds, engineMs, calls: "1 GetObject", peakMegabytes: undefined });
  }
  for (const client of started.values()) client.close();
  return comparison(size, result.csv.byteLength, samples);
}

function comparison(
  size: number,
  bytes: number,
  samples: ReadonlyMap<string, readonly Sample[]>,
): Comparison {
  const floors = (samples.get(FLOOR) ?? []).map(({ milliseconds }) => milliseconds);
  const overshoots = (of: readonly Sample[]) =>
    of.map((one, round) => one.milliseconds - (floors[round] ?? 0));
  const ratios = (of: readonly Sample[]) => of.map((one, round) => one.milliseconds / (floors[round] ?? 0));
  const rows = [...samples].map(([name, of]) => [
    name,
    spread(
      of.map(({ milliseconds, engineMs }) => milliseconds / engineMs),
      2,
    ),
    spread(ratios(of), 2),
    spread(overshoots(of), 0),
    of.at(-1)?.calls ?? "",
    memoryText(of),
  ]);
  const title = `### ${size.toLocaleString("en")} rows, ${(bytes / 1e6).toFixed(1)} MB`;
  const header = [
    "client",
    "wall / engine's time",
    "wall / floor",
    "ms past the floor",
    "calls",
    "peak memory, MB",
  ];
  return {
    size,
    overFloor: new Map([...samples].map(([name, of]) => [name, median(ratios(of))])),
    ownOvershoot: median(overshoots(samples.get(OWN) ?? [])),
    section: `${title}\n\n${table(header, rows)}`,
  };
}

/** Milliseconds of one GET of the complete result, including the services' latency. */
async function plainGet(url: string): Promise<number> {
  const startedAt = performance.now();
  const response = await fetch(url, { headers: { authorization: "AWS4-HMAC-SHA256 bench" } });
  await response.arrayBuffer();
  return performance.now() - startedAt;
}

function memoryText(samples: readonly Sample[]): string {
  const peaks = samples.flatMap(({ peakMegabytes }) => peakMegabytes ?? []);
  return peaks.length === 0 ? "" : median(peaks).toFixed(0);
}

function callsText(calls: Readonly<Record<string, number>>): string {
  return Object.entries(calls)
    .map(([name, count]) => `${count} ${name}`)
    .join(", ");
}
