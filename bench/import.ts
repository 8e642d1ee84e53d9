/**
 * `npm run bench:import`: measures what a new instance of the report function costs before its first answer. That is
 * the bundle's size, its import, and the time from the start of the process to a first answer, each in a fresh process.
 * Prints tables and writes them to docs/benchmarks-import.md.
 */
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import * as z from "zod";
import { BUNDLING } from "../infra/build.ts";
import { gatewayEvent } from "../tests/lib/http/events.ts";
import { profileImport } from "./import-profile.ts";
import { LATENCY_MS, startScriptedServices } from "./scripted-services.ts";
import { median, spread, table } from "./statistics.ts";
import { RESELLER, usageResult } from "./usage-result.ts";

const ROOT = join(import.meta.dirname, "..");
const DOCUMENT = join(ROOT, "docs", "benchmarks-import.md");
const ROUNDS = 25;
const MOST_BUNDLE_BYTES = 300_000;
const MOST_IMPORT_MS = 30;

/** The Node modules that the bundle imports. Every function needs them to speak HTTPS, sign and compress. */
const BUILT_INS = ["https", "zlib", "crypto", "stream/promises", "timers/promises", "fs", "os"]
  .map((name) => `await import("node:${name}");`)
  .join("");

const figures = z.object({ wall: z.number(), processor: z.number() });
type Figures = z.infer<typeof figures>;

/** Bundles the report function. */
async function bundle(directory: string, minify: boolean) {
  const outfile = join(directory, "index.mjs");
  const { metafile } = await build({
    ...BUNDLING,
    mainFields: [...BUNDLING.mainFields],
    outExtension: {},
    entryPoints: ["functions/reports/index.ts"],
    outfile,
    minify,
    metafile: true,
    define: { DOCUMENTATION_FILES: "{}" },
  });
  const output = Object.values(metafile.outputs).find(({ entryPoint }) => entryPoint !== undefined);
  if (output === undefined) throw new TypeError("the bundle has no entry point");
  return { outfile, inputs: output.inputs };
}

/** Runs code in a fresh process. The code sets `at` and `used` where the measurement begins. */
async function measure(code: string, environment: NodeJS.ProcessEnv): Promise<Figures> {
  const source = `let at = 0, used = { user: 0, system: 0 };
    const begin = () => { at = performance.now(); used = process.cpuUsage(); };
    ${code}
    const { user, system } = process.cpuUsage(used);
    console.log(JSON.stringify({ wall: performance.now() - at, processor: (user + system) / 1000 }));
    process.exit();`;
  const options = ["--input-type=module", "--eval", source];
  const { stdout } = await promisify(execFile)(process.execPath, options, { env: environment });
  // The function logs one line for each request before.
  return figures.parse(JSON.parse(stdout.trimEnd().split("\n").at(-1) ?? ""));
}

/** Measures each of these in turn, so that all rounds see the same machine. */
async function inTurn<Name extends string>(
  measured: Readonly<Record<Name, () => Promise<Figures>>>,
): Promise<(name: Name) => { readonly wall: number[]; readonly processor: number[] }> {
  const found = new Map<string, Figures[]>();
  for (let round = 0; round < ROUNDS; round++) {
    for (const [name, run] of Object.entries<() => Promise<Figures>>(measured)) {
      found.set(name, [...(found.get(name) ?? []), await run()]);
    }
  }
  return (name) => {
    const all = found.get(name) ?? [];
    return { wall: all.map(({ wall }) => wall), processor: all.map(({ processor }) => processor) };
  };
}

const directory = await mkdtemp(join(tmpdir(), "import-"));
try {
  await using services = await startScriptedServices(directory);
  services.follow({ result: usageResult(10), engineMs: 0 });
  const environment = { ...services.environment, FRESHNESS_SECONDS: "0" };
  const own = await bundle(join(directory, "own"), true);
  const readable = await bundle(join(directory, "readable"), false);

  const load = (file: string) => `await import(${JSON.stringify(file)});`;
  const imported = (file: string, more = {}) =>
    measure(`${BUILT_INS} begin(); ${load(file)}`, { ...environment, ...more });
  const cache = { NODE_COMPILE_CACHE: join(directory, "cache") };
  await imported(own.outfile, cache);
  const imports = await inTurn({
    builtIns: () => measure(`begin(); ${BUILT_INS}`, environment),
    own: () => imported(own.outfile),
    cached: () => imported(own.outfile, cache),
  });

  const answered = (file: string, claim: string) => {
    const event = gatewayEvent({
      query: "start_date=2026-04-01&end_date=2026-04-30",
      claims: { reseller_ids: claim },
    });
    const context = "{ getRemainingTimeInMillis: () => 29_000 }";
    return measure(
      `const { handler } = await import(${JSON.stringify(file)});
       const { statusCode } = await handler(${JSON.stringify(event)}, ${context});
       if (statusCode !== 200) throw new Error(String(statusCode));`,
      environment,
    );
  };
  const answers = await inTurn({
    query: () => answered(own.outfile, `[${RESELLER}]`),
    empty: () => answered(own.outfile, "[]"),
  });

  const bytes = await readFile(own.outfile);
  const profile = await profileImport(readable.outfile, own.inputs, environment, directory);
  const goal = (isMet: boolean, text: string) => `- ${isMet ? "met" : "**not met**"}: ${text}`;
  const row = (name: string, of: ReturnType<typeof imports>, beside: ReturnType<typeof imports>) => [
    name,
    spread(of.wall, 1),
    spread(of.processor, 1),
    (median(of.processor) / median(beside.processor)).toFixed(2),
  ];
  const importMs = median(imports("own").processor);
  const document = `# The import of the report function: benchmark

For engineers who add a dependency. Made by \`npm run bench:import\` on ${new Date().toISOString().slice(0, 10)}, on ${cpus().length} cores that were not idle, with Node ${process.version}. Medians of ${ROUNDS} rounds, with the least and the most in brackets, each round in a process of its own. Ratios hold on other machines; times do not. Processor time depends less than wall time on what else the machine does.

${goal(bytes.length <= MOST_BUNDLE_BYTES, `a bundle of ${MOST_BUNDLE_BYTES / 1e3} KB: ${(bytes.length / 1e3).toFixed(0)} KB, gzipped ${(gzipSync(bytes).length / 1e3).toFixed(0)} KB`)}
${goal(importMs <= MOST_IMPORT_MS, `an import of ${MOST_IMPORT_MS} ms after Node's built-ins: ${importMs.toFixed(1)} ms of processor time`)}

## Import

${table(
  ["import", "wall, ms", "processor, ms", "ratio of processor time"],
  [
    row("the bundle, after the built-ins", imports("own"), imports("own")),
    row("the bundle with Node's compile cache", imports("cached"), imports("own")),
    row("Node's built-ins that it needs", imports("builtIns"), imports("own")),
  ],
)}

The compile cache is measured only. It is valid for one exact version of Node, one processor type and one user id. Lambda updates Node by itself, and would then ignore the cache without notice.

## From the start of the process to the first answer

Every call of AWS takes ${LATENCY_MS} ms, and the engine no time of its own. Athena's state is first asked for after 500 ms.

${table(
  ["first answer", "wall, ms", "processor, ms", "ratio of processor time"],
  [
    row("without a query", answers("empty"), answers("empty")),
    row("with a query", answers("query"), answers("empty")),
  ],
)}

## Where it goes

${profile}
`;
  console.log(document);
  await writeFile(DOCUMENT, document);
} finally {
  await rm(directory, { recursive: true });
}
