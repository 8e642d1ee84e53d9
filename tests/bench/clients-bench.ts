import { join } from "node:path";
import { type ClientProcess, startClient } from "./client-process.ts";
import type { Installed } from "./peers.ts";
import type { ScriptedServices } from "./scripted-services.ts";
import { median, spread, table } from "./statistics.ts";
import { usageResult } from "./usage-result.ts";

export const ENGINE_MS = 3_000;
const SIZES = [10, 10_000, 150_000];
const ROUNDS = 3;

const CLIENTS = join(import.meta.dirname, "clients");

interface Figures {
  readonly milliseconds: number[];
  calls: string;
  peak: number;
}

/** Each client against the same services, in turn; a table for each size. */
export async function benchClients(services: ScriptedServices, peers: Installed): Promise<string> {
  const commands: Readonly<Record<string, readonly [string, ...string[]]>> = {
    "this client": [process.execPath, join(CLIENTS, "this-client.ts")],
    "PyAthena, pandas cursor": [peers.python, join(CLIENTS, "pyathena_client.py"), "pandas"],
    "PyAthena, default cursor": [peers.python, join(CLIENTS, "pyathena_client.py"), "default"],
    awswrangler: [peers.python, join(CLIENTS, "awswrangler_client.py")],
    "athena-express": [process.execPath, join(CLIENTS, "athena-express-client.cjs"), peers.npm],
  };
  const sections: string[] = [];
  for (const size of SIZES) {
    const result = usageResult(size);
    const follow = () => services.follow({ result, engineMs: ENGINE_MS });
    const clients = Object.entries(commands).map(([name, [command, ...args]]) => ({
      name,
      process: startClient(command, args, services.environment),
      figures: { milliseconds: [], calls: "", peak: 0 } as Figures,
    }));
    follow();
    for (const { process: client } of clients) await client.query();
    const floor: number[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      for (const { name, process: client, figures } of clients) {
        follow();
        const { milliseconds, rows } = await client.query();
        if (rows !== result.rows && rows !== result.rows - 1) throw new Error(`${name} read ${rows} rows`);
        figures.milliseconds.push(milliseconds);
        figures.calls = callsText(services.calls());
      }
      floor.push(ENGINE_MS + (await plainGet(services.resultUrl())));
    }
    sections.push(section(size, result.csv.byteLength, clients, floor));
    for (const { process: client } of clients) client.close();
  }
  return sections.join("\n\n");
}

/** Milliseconds of one GET of the result, read to its end; the services' latency included. */
async function plainGet(url: string): Promise<number> {
  const startedAt = performance.now();
  const response = await fetch(url, { headers: { authorization: "AWS4-HMAC-SHA256 bench" } });
  await response.arrayBuffer();
  return performance.now() - startedAt;
}

function section(
  size: number,
  bytes: number,
  clients: readonly { name: string; process: ClientProcess; figures: Figures }[],
  floor: readonly number[],
): string {
  const base = median(floor);
  const rows = clients.map(({ name, process: client, figures }) => [
    name,
    spread(
      figures.milliseconds.map((each) => each / ENGINE_MS),
      2,
    ),
    (median(figures.milliseconds) / base).toFixed(2),
    figures.calls,
    client.peakMegabytes().toFixed(0),
  ]);
  const title = `### ${size.toLocaleString("en")} rows, ${(bytes / 1e6).toFixed(1)} MB`;
  const header = ["client", "wall / engine's time", "wall / floor", "calls", "peak memory, MB"];
  const floorRow = [
    "floor",
    spread(
      floor.map((each) => each / ENGINE_MS),
      2,
    ),
    "1.00",
    "1 GetObject",
    "",
  ];
  return `${title}\n\n${table(header, [floorRow, ...rows])}`;
}

function callsText(calls: Readonly<Record<string, number>>): string {
  return Object.entries(calls)
    .map(([name, count]) => `${count} ${name}`)
    .join(", ");
}
