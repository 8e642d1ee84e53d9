/**
 * `npm run mutation -- SLICE…`: changes a part of lib/ in small ways, one at a time, and runs that part's tests on
 * each change. Prints the share of changes that the tests notice, and every change that they do not, as Markdown.
 * Without a slice it runs all of them, which takes hours on two cores.
 */
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as z from "zod";
import { installNode } from "../pinned-packages.ts";

const ROOT = join(import.meta.dirname, "../..");
const REPORT = join(ROOT, ".local/mutation/mutation.json");

// Without its peers: it finds the service's own vitest in a folder above.
const installed = await installNode(join(ROOT, ".local/mutation"), import.meta.dirname, [
  "--legacy-peer-deps",
]);

const sliceSchema = z.object({ mutate: z.array(z.string()), tests: z.array(z.string()) });
const slices = z
  .record(z.string(), sliceSchema)
  .parse(JSON.parse(readFileSync(join(import.meta.dirname, "slices.json"), "utf8")));

const reportSchema = z.object({
  files: z.record(
    z.string(),
    z.object({
      source: z.string(),
      mutants: z.array(
        z.object({
          status: z.string(),
          mutatorName: z.string(),
          replacement: z.string().default(""),
          location: z.object({ start: z.object({ line: z.int() }) }),
        }),
      ),
    }),
  ),
});

/** Runs Stryker on a slice and describes the result. @throws Error if Stryker fails */
function run(name: string): string {
  const slice = slices[name];
  if (slice === undefined)
    throw new Error(`There is no slice ${name}. Slices: ${Object.keys(slices).join(", ")}.`);
  const plugin = join(installed, "node_modules/@stryker-mutator/vitest-runner/dist/src/index.js");
  const args = [join(installed, "node_modules/.bin/stryker"), "run", "tests/mutation/stryker.json"];
  args.push("--plugins", plugin, "--mutate", slice.mutate.join(","));
  const env = { ...process.env, MUTATION_TESTS: slice.tests.join(",") };
  const { status } = spawnSync(process.execPath, args, { cwd: ROOT, env, stdio: ["ignore", 2, 2] });
  if (status !== 0) throw new Error(`Stryker ended with ${status}.`);
  return described(name, reportSchema.parse(JSON.parse(readFileSync(REPORT, "utf8"))));
}

function described(name: string, { files }: z.output<typeof reportSchema>): string {
  const mutants = Object.entries(files).flatMap(([file, { source, mutants: all }]) =>
    all.map((mutant) => ({
      ...mutant,
      file,
      code: source.split("\n")[mutant.location.start.line - 1] ?? "",
    })),
  );
  const noticed = mutants.filter(({ status }) => status === "Killed" || status === "Timeout").length;
  const missed = mutants.filter(({ status }) => status === "Survived" || status === "NoCoverage");
  const score = ((100 * noticed) / (noticed + missed.length)).toFixed(1);
  const lines = missed.map(
    ({ file, location, code, replacement }) =>
      `- ${file}:${location.start.line} \`${code.trim()}\` → \`${replacement.replaceAll(/\s+/g, " ").slice(0, 80)}\``,
  );
  return `## ${name}\n\n${score}% of ${noticed + missed.length} changes are noticed.\n\n${lines.join("\n")}\n`;
}

const asked = process.argv.slice(2);
for (const name of asked.length === 0 ? Object.keys(slices) : asked) console.log(run(name));
