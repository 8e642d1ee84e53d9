import { readFileSync } from "node:fs";
import { usageQuery } from "../lib/usage/query.ts";
import { type Engine, EngineError } from "../local/engine/engine.ts";
import { LAKE_BUCKET } from "../local/functions.ts";
import { periodOf, scopeOf } from "../tests/lib/valid.ts";
import { MONTH } from "./rollup-lake.ts";
import { median } from "./statistics.ts";

/** The cost of a report. */
export interface Taken {
  readonly bytes: number;
  readonly cpuMs: number;
  readonly wallMs: number;
}

/** From calls and from the rollup, or why the engine could not read the calls. */
export interface Pair {
  readonly raw: Taken | string;
  readonly rolled: Taken;
}

const NEVER = new AbortController().signal;
const PERIOD = periodOf(MONTH.at(0) ?? "", MONTH.at(-1) ?? "");

/** How often short reports are measured; the median counts. */
const TIMES = 5;

/**
 * Measures a closed month's report from its calls and from the rollup, which must give the same rows.
 *
 * @param open opens an engine that has read nothing yet
 * @param observed returns reads and processor time of this process, for an engine that runs in it
 */
export async function measure(
  open: () => Promise<Engine>,
  resellers: readonly string[],
  observed: boolean,
): Promise<Pair> {
  const selection = { scope: scopeOf(...resellers), period: PERIOD, organizationIds: undefined };
  const rolled = { lake: `s3://${LAKE_BUCKET}/`, ...PERIOD };
  const run = async (query: ReturnType<typeof usageQuery>) => {
    const engine = await open();
    const before = observedSoFar();
    const startedAt = performance.now();
    try {
      const result = await engine.run(query.text, query.parameters, NEVER);
      const wallMs = performance.now() - startedAt;
      const after = observedSoFar();
      const bytes = observed ? after.bytes - before.bytes : result.dataScannedInBytes;
      const cpuMs = observed ? after.cpuMs - before.cpuMs : (result.cpuMilliseconds ?? Number.NaN);
      const rows = result.rows.filter((row) => !row[8]).map((row) => row.slice(0, 5).join());
      return { taken: { bytes, cpuMs, wallMs }, rows: rows.join("\n") };
    } finally {
      await engine.close();
    }
  };

  const fromRollup = usageQuery({ ...selection, rolled });
  const runs: Awaited<ReturnType<typeof run>>[] = [];
  for (let time = 0; time < TIMES; time++) runs.push(await run(fromRollup));
  const middle = (of: (taken: Taken) => number) => median(runs.map(({ taken }) => of(taken)));
  const taken = {
    bytes: middle(({ bytes }) => bytes),
    cpuMs: middle(({ cpuMs }) => cpuMs),
    wallMs: middle(({ wallMs }) => wallMs),
  };
  try {
    const raw = await run(usageQuery(selection));
    if (raw.rows !== runs[0]?.rows) throw new Error("the rollup gives other rows than the calls");
    return { raw: raw.taken, rolled: taken };
  } catch (error) {
    if (!(error instanceof EngineError)) throw error;
    return { raw: error.message.split("\n")[0] ?? "", rolled: taken };
  }
}

/**
 * Bytes that this process has read from files, including caches, and its processor time. Only Linux reports the
 * former.
 */
function observedSoFar(): { bytes: number; cpuMs: number } {
  const { user, system } = process.cpuUsage();
  const [, bytes] = /^rchar: (\d+)$/m.exec(readFileSync("/proc/self/io", "utf8")) ?? [];
  return { bytes: Number(bytes), cpuMs: (user + system) / 1_000 };
}
