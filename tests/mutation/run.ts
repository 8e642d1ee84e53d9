/**
 * `npm run mutation -- SLICE…`: changes a part of lib/ in small ways, one at a time, and runs that part's tests on
 * each change. Prints the share of changes that the tests notice, and every change that they do not, as Markdown.
 * Without a slice it runs all of them.
 *
 * Stryker's instrumenter makes the changes, all at once, as branches that are off. Its own runner loads every test
 * file again for each change; `runner.ts` does not, and is many times as fast.
 */
import { spawnSync } from "node:child_process";
import { globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as z from "zod";
import { installNode } from "../pinned-packages.ts";
import { FILES, ROOT, readNoticed, readReached } from "./files.ts";

const installed = await installNode(join(ROOT, ".local/mutation"), import.meta.dirname);

const sliceSchema = z.object({ mutate: z.array(z.string()), tests: z.array(z.string()) });
const slices = z
  .record(z.string(), sliceSchema)
  .parse(JSON.parse(readFileSync(join(import.meta.dirname, "slices.json"), "utf8")));

const changesSchema = z.object({
  files: z.array(z.object({ name: z.string(), content: z.string() })),
  mutants: z.array(
    z.object({
      id: z.string(),
      fileName: z.string(),
      replacement: z.string(),
      location: z.object({ start: z.object({ line: z.int() }) }),
    }),
  ),
});
type Changes = z.output<typeof changesSchema>;

/** Makes every change of these files as a branch that is off. */
async function changesOf(names: readonly string[]): Promise<Changes> {
  const { Instrumenter } = await import(
    join(installed, "node_modules/@stryker-mutator/instrumenter/dist/src/index.js")
  );
  const silent = { debug() {}, info() {}, warn() {}, isDebugEnabled: () => false };
  const files = names.map((name) => ({
    name,
    mutate: true,
    content: readFileSync(join(ROOT, name), "utf8"),
  }));
  const options = { plugins: null, ignorers: [], excludedMutations: [] };
  return changesSchema.parse(await new Instrumenter(silent).instrument(files, options));
}

/** Runs the slice's tests. @throws Error if one fails without a change */
function test(step: "reach" | "try", tests: readonly string[]): void {
  const env = { ...process.env, MUTATION_STEP: step, MUTATION_TESTS: tests.join(",") };
  const args = ["node_modules/vitest/vitest.mjs", "run", "--config", "tests/mutation/vitest.config.ts"];
  const more = ["--reporter", step === "reach" ? "default" : "dot"];
  const { status } = spawnSync(process.execPath, [...args, ...more], {
    cwd: ROOT,
    env,
    stdio: ["ignore", 2, 2],
  });
  if (status !== 0) throw new Error("A test failed without a change.");
}

async function run(name: string): Promise<string> {
  const slice = slices[name];
  if (slice === undefined)
    throw new Error(`There is no slice ${name}. Slices: ${Object.keys(slices).join(", ")}.`);
  const changes = await changesOf(globSync(slice.mutate, { cwd: ROOT }).sort());
  rmSync(FILES.folder, { recursive: true, force: true });
  mkdirSync(FILES.folder, { recursive: true });
  for (const path of [FILES.reached, FILES.noticed]) writeFileSync(path, "");
  const texts = Object.fromEntries(changes.files.map(({ name: file, content }) => [file, content]));
  writeFileSync(FILES.instrumented, JSON.stringify(texts));
  test("reach", slice.tests);
  test("try", slice.tests);
  return described(name, changes);
}

/** Code that runs only while a file is loaded is not judged: it runs once, before any change is turned on. */
function described(name: string, { mutants }: Changes): string {
  const reached = new Set(
    readReached().flatMap(({ test: id, hits }) => (id === undefined ? [] : Object.keys(hits))),
  );
  const loaded = new Set(
    readReached().flatMap(({ test: id, hits }) => (id === undefined ? Object.keys(hits) : [])),
  );
  const noticed = new Set(readNoticed().map(({ id }) => id));
  const judged = mutants.filter(({ id }) => reached.has(id) || !loaded.has(id));
  const missed = judged.filter(({ id }) => !noticed.has(id));
  const score = ((100 * (judged.length - missed.length)) / judged.length).toFixed(1);
  const lines = missed.map(({ id, fileName, location: { start }, replacement }) => {
    const code = readFileSync(join(ROOT, fileName), "utf8").split("\n")[start.line] ?? "";
    const to = replacement.replaceAll(/\s+/g, " ").slice(0, 80);
    return `- ${fileName}:${start.line + 1} \`${code.trim()}\` → \`${to}\`${reached.has(id) ? "" : " (no test reaches it)"}`;
  });
  return `## ${name}\n\n${score}% of ${judged.length} changes are noticed.\n\n${lines.join("\n")}\n`;
}

const asked = process.argv.slice(2);
for (const name of asked.length === 0 ? Object.keys(slices) : asked) console.log(await run(name));
