/** Bundles the command line to one file that runs on Node 20 without anything else: what `npm pack` packs. */
import { chmodSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";

const OUT = join(import.meta.dirname, "dist", "voice-minutes.mjs");

await build({
  entryPoints: [join(import.meta.dirname, "main.ts")],
  outfile: OUT,
  bundle: true,
  format: "esm",
  platform: "node",
  target: "node20",
  minify: true,
  legalComments: "none",
  logLevel: "warning",
});
chmodSync(OUT, 0o755);
