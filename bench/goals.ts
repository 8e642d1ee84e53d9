import { type Comparison, OWN } from "./clients-bench.ts";
import { LATENCY_MS } from "./scripted-services.ts";

const MOST_OVER_FLOOR = 1.1;
/** One polling interval of 100 ms, and the latency of the start and of the poll itself. */
const MOST_OVERSHOOT_MS = 100 + 2 * LATENCY_MS;

/** Renders the goals, each met or not, as a Markdown list. */
export function goals(comparisons: readonly Comparison[]): string {
  const [short] = comparisons;
  const long = comparisons.at(-1);
  if (short === undefined || long === undefined) throw new TypeError("nothing was compared");
  const ratio = long.overFloor.get(OWN) ?? Number.NaN;
  return [
    goal(
      ratio <= MOST_OVER_FLOOR,
      `within ${MOST_OVER_FLOOR} of the floor at ${long.size.toLocaleString("en")} rows: ${ratio.toFixed(2)}`,
    ),
    goal(
      short.ownOvershoot <= MOST_OVERSHOOT_MS,
      `one poll past the floor (${MOST_OVERSHOOT_MS} ms with two calls' latency) at ${short.size} rows: ${short.ownOvershoot.toFixed(0)} ms`,
    ),
    ...comparisons.map(aheadOfPeers),
  ].join("\n");
}

function aheadOfPeers({ size, overFloor }: Comparison): string {
  const own = overFloor.get(OWN) ?? Number.NaN;
  const peers = [...overFloor].filter(([name]) => name !== OWN && name !== "floor");
  const ahead = peers
    .filter(([, ratio]) => ratio < own)
    .map(([name, ratio]) => `${name} (${ratio.toFixed(2)})`);
  const list = ahead.length === 0 ? "none is" : `ahead are ${ahead.join("; ")}`;
  return goal(
    ahead.length === 0,
    `no peer ahead at ${size.toLocaleString("en")} rows (${own.toFixed(2)}): ${list}`,
  );
}

function goal(isMet: boolean, text: string): string {
  return `- ${isMet ? "met" : "**not met**"}: ${text}`;
}
