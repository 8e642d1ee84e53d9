/**
 * Bundles each function into `dist/functions/<name>/index.mjs`, with its source map and the licences of its packages.
 * It is what is deployed, and what the local stack and the tests run.
 */
import { readdirSync, rmSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { type BuildOptions, build } from "esbuild";
import { buildPortal } from "./build-portal.ts";
import { documentationFiles } from "./documentation/files.ts";
import { NOTICES_FILE, noticesOf, packagesOf, redocPackages } from "./notices/notices.ts";
import { writeIfChanged } from "./write-if-changed.ts";

const ROOT = join(import.meta.dirname, "..");

/** How a function is bundled. */
export const BUNDLING = {
  absWorkingDir: ROOT,
  outExtension: { ".js": ".mjs" },
  bundle: true,
  format: "esm",
  platform: "node",
  target: "node24",
  mainFields: ["module", "main"],
  minify: true,
  sourcemap: "external",
  legalComments: "none",
  logLevel: "warning",
  alias: {
    "@aws-sdk/credential-provider-node": join(ROOT, "infra", "environment-credentials.ts"),
    "node:http": join(ROOT, "infra", "node-http.ts"),
    "node:process": join(ROOT, "infra", "node-process.ts"),
  },
  // CommonJS packages load Node's modules with require.
  banner: { js: "import{createRequire}from'node:module';const require=createRequire(import.meta.url);" },
} as const satisfies BuildOptions;

/** Builds all functions. Unchanged files are not written, so that a running stack is not disturbed. */
export async function buildFunctions(outdir = join(ROOT, "dist", "functions")): Promise<void> {
  const names = readdirSync(join(ROOT, "functions"));
  const { outputFiles, metafile } = await build({
    entryPoints: names.map((name) => ({ in: join("functions", name, "index.ts"), out: join(name, "index") })),
    outdir,
    write: false,
    metafile: true,
    ...BUNDLING,
    define: { DOCUMENTATION_FILES: JSON.stringify(documentationFiles()) },
  });
  for (const { path, contents } of outputFiles) writeIfChanged(path, contents);
  for (const [output, { inputs, entryPoint }] of Object.entries(metafile.outputs)) {
    if (entryPoint === undefined) continue;
    const shown = basename(dirname(output)) === "documentation" ? redocPackages() : [];
    const notices = noticesOf([...packagesOf(Object.keys(inputs)), ...shown]);
    writeIfChanged(join(ROOT, dirname(output), NOTICES_FILE), notices);
  }
  for (const stale of readdirSync(outdir)) {
    if (!names.includes(stale)) rmSync(join(outdir, stale), { recursive: true });
  }
}

if (import.meta.main) await Promise.all([buildFunctions(), buildPortal()]);
