/** Bundles the report page into `dist/portal`. The deployment uploads it and the local stack serves it. */
import { readdirSync, readFileSync, rmSync } from "node:fs";
import { basename, join } from "node:path";
import { build } from "esbuild";
import { NOTICES_FILE, noticesOf, packagesOf } from "./notices/notices.ts";
import { writeIfChanged } from "./write-if-changed.ts";

const ROOT = join(import.meta.dirname, "..");

/** Builds the page. Names of assets contain the hash of their content. Unchanged files are not written. */
export async function buildPortal(outdir = join(ROOT, "dist", "portal")): Promise<void> {
  const assets = join(outdir, "assets");
  const { outputFiles, metafile } = await build({
    absWorkingDir: ROOT,
    entryPoints: ["portal/main.tsx", "portal/style.css"],
    entryNames: "[name]-[hash]",
    outdir: assets,
    write: false,
    metafile: true,
    bundle: true,
    format: "esm",
    target: "es2022",
    jsx: "automatic",
    jsxImportSource: "preact",
    minify: true,
    legalComments: "none",
    logLevel: "warning",
  });
  const nameOf = (extension: string) =>
    outputFiles.map(({ path }) => basename(path)).find((name) => name.endsWith(extension)) ?? "";
  const html = readFileSync(join(ROOT, "portal", "index.html"), "utf8")
    .replace("main.tsx", `/portal/assets/${nameOf(".js")}`)
    .replace("style.css", `/portal/assets/${nameOf(".css")}`)
    .replace("icon.svg", "/portal/icon.svg");
  for (const { path, contents } of outputFiles) writeIfChanged(path, contents);
  writeIfChanged(join(outdir, "icon.svg"), readFileSync(join(ROOT, "portal", "icon.svg")));
  writeIfChanged(join(outdir, NOTICES_FILE), noticesOf(packagesOf(Object.keys(metafile.inputs))));
  writeIfChanged(join(outdir, "index.html"), Buffer.from(html));
  const current = new Set(outputFiles.map(({ path }) => basename(path)));
  for (const name of readdirSync(assets)) if (!current.has(name)) rmSync(join(assets, name));
}

if (import.meta.main) await buildPortal();
