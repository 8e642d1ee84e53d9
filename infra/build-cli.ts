/**
 * Bundles the command line into one file that needs only Node 20, with the licences of its packages. `npm pack` packs
 * it.
 */
import { chmodSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";
import { NOTICES_FILE, noticesOf, packagesOf } from "./notices/notices.ts";
import { writeIfChanged } from "./write-if-changed.ts";

const ROOT = join(import.meta.dirname, "..");
const DIST = join(ROOT, "cli", "dist");
const OUT = join(DIST, "voice-minutes.mjs");

const { metafile } = await build({
  absWorkingDir: ROOT,
  entryPoints: [join(ROOT, "cli", "main.ts")],
  outfile: OUT,
  metafile: true,
  bundle: true,
  format: "esm",
  platform: "node",
  target: "node20",
  minify: true,
  legalComments: "none",
  logLevel: "warning",
});
chmodSync(OUT, 0o755);
writeIfChanged(join(DIST, NOTICES_FILE), noticesOf(packagesOf(Object.keys(metafile.inputs))));
