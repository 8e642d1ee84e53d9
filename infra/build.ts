/**
 * Bundles each function to `dist/functions/<name>/index.mjs`, source map beside it: what is deployed, and what
 * the local stack and the tests run.
 */
import { readdirSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const root = dirname(dirname(fileURLToPath(import.meta.url)));

export async function buildFunctions(outdir = join(root, "dist", "functions")): Promise<void> {
  rmSync(outdir, { recursive: true, force: true });
  const names = readdirSync(join(root, "functions"));
  await build({
    absWorkingDir: root,
    entryPoints: names.map((name) => ({ in: join("functions", name, "index.ts"), out: join(name, "index") })),
    outdir,
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
    // CommonJS packages ask for Node's own modules by require.
    alias: { "@aws-sdk/credential-provider-node": join(root, "infra", "environment-credentials.ts") },
    // Loaded on demand, for operations that stream events; Athena has none.
    external: ["@smithy/core/event-streams"],
    banner: { js: "import{createRequire}from'node:module';const require=createRequire(import.meta.url);" },
  });
}

if (import.meta.main) await buildFunctions();
