import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { median, spread, table } from "./statistics.ts";

const BUNDLE = join(import.meta.dirname, "../dist/functions/reports/index.mjs");
const ROUNDS = 9;

/** The Node modules that the bundle imports. Every function needs them to speak HTTPS, sign and compress. */
const BUILT_INS = ["https", "zlib", "crypto", "stream/promises", "timers/promises", "fs", "os"];

const ENVIRONMENT = {
  AWS_REGION: "eu-central-1",
  AWS_ACCESS_KEY_ID: "local",
  AWS_SECRET_ACCESS_KEY: "local",
  ATHENA_WORKGROUP: "bench",
  ATHENA_DATABASE: "minutes",
};

/** The size of the bundle. */
export interface Lean {
  readonly bytes: number;
  /** Milliseconds of its import after the built-ins: the median. */
  readonly importMs: number;
  /** As Markdown. */
  readonly section: string;
}

/**
 * Measures the bundle's size, and its import beside that of the built-ins alone, each in a process of its own, in
 * turn.
 */
export function benchLean(): Lean {
  const builtIns: number[] = [];
  const bundle: number[] = [];
  const load = BUILT_INS.map((name) => `await import("node:${name}");`).join("");
  for (let round = 0; round < ROUNDS; round++) {
    builtIns.push(milliseconds(load));
    bundle.push(milliseconds(`${load} at = performance.now(); await import(${JSON.stringify(BUNDLE)});`));
  }
  const bytes = readFileSync(BUNDLE);
  const size = `${(bytes.length / 1e3).toFixed(0)} KB, gzipped ${(gzipSync(bytes).length / 1e3).toFixed(0)} KB`;
  const section = [
    `The bundle of the report function has ${size}.`,
    table(
      ["import", "milliseconds", "ratio"],
      [
        ["Node's built-ins that it needs", spread(builtIns, 1), "1.00"],
        ["the bundle, after them", spread(bundle, 1), (median(bundle) / median(builtIns)).toFixed(2)],
      ],
    ),
  ].join("\n\n");
  return { bytes: bytes.length, importMs: median(bundle), section };
}

/** Milliseconds from `at` to the end of the code, in a fresh process. */
function milliseconds(code: string): number {
  const source = `let at = performance.now(); ${code} console.log(performance.now() - at);`;
  const options = { env: ENVIRONMENT, encoding: "utf8" } as const;
  return Number(execFileSync(process.execPath, ["--input-type=module", "--eval", source], options));
}
