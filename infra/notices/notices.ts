import { existsSync, readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import * as z from "zod";

const ROOT = join(import.meta.dirname, "../..");
export const NOTICES_FILE = "third-party-notices.txt";

/** A package whose code is part of a shipped bundle. */
export interface ShippedPackage {
  readonly name: string;
  /** Where it is or would be installed, relative to the repository. */
  readonly folder: string;
  /** The package whose published bundle contains it. That bundle does not name versions. */
  readonly within?: string;
}

/**
 * Lists the packages of a bundle.
 *
 * @param inputs the paths of the bundle's source files, from esbuild's metafile or a source map
 */
export function packagesOf(inputs: readonly string[], within?: string): ShippedPackage[] {
  const packages = inputs.flatMap((input) => {
    const path = /node_modules\/.*/.exec(input)?.[0] ?? "";
    const [folder, name] = /^.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path) ?? [];
    return folder === undefined || name === undefined
      ? []
      : [[folder, { name, folder, ...(within !== undefined && { within }) }] as const];
  });
  return [...new Map(packages).values()];
}

/** Lists Redoc itself and the packages in its published bundle, as the bundle's source map names them. */
export function redocPackages(): ShippedPackage[] {
  const path = createRequire(import.meta.url).resolve("redoc/bundles/redoc.standalone.js.map");
  const { sources } = z
    .object({ sources: z.array(z.string()) })
    .parse(JSON.parse(readFileSync(path, "utf8")));
  return [{ name: "redoc", folder: "node_modules/redoc" }, ...packagesOf(sources, "redoc")];
}

/**
 * Renders the licence texts of packages as one text file. A text that several packages share appears once.
 *
 * @throws Error for a package without a licence text: add it to packages-without-text.json
 */
export function noticesOf(packages: readonly ShippedPackage[]): Uint8Array {
  const titles = new Map<string, Set<string>>();
  for (const shipped of packages) {
    const { title, text } = licenceOf(shipped);
    titles.set(text, (titles.get(text) ?? new Set()).add(title));
  }
  const sections = [...titles]
    .map(([text, shared]) => `${[...shared].toSorted().join("\n")}\n\n${text.trim()}\n`)
    .toSorted();
  const opening =
    "Third-party notices\n\nThis software contains the following packages, each under its own licence.\n";
  return Buffer.from([opening, ...sections].join(`\n${"-".repeat(80)}\n\n`));
}

const packageJson = z.object({
  version: z.string(),
  license: z.string().default("see the text below"),
});

/** Licences of packages without a text: either the npm package has none, or the package is only in redoc's bundle. */
const withoutText = z
  .record(z.string(), z.object({ license: z.enum(["MIT", "BSD-3-Clause"]), copyright: z.string() }))
  .parse(JSON.parse(readFileSync(join(import.meta.dirname, "packages-without-text.json"), "utf8")));

function licenceOf({ name, folder, within }: ShippedPackage): { title: string; text: string } {
  const nested = join(ROOT, folder);
  // The tree from which redoc was bundled nested other packages.
  const path = within !== undefined && !existsSync(nested) ? join(ROOT, "node_modules", name) : nested;
  const json = join(path, "package.json");
  const { version, license } = existsSync(json)
    ? packageJson.parse(JSON.parse(readFileSync(json, "utf8")))
    : { version: "", license: withoutText[name]?.license ?? "" };
  const title =
    within === undefined ? `${name} ${version} (${license})` : `${name}, in ${within} (${license})`;
  const files = existsSync(path)
    ? readdirSync(path).filter((file) => /^(licen[cs]e|notice|copying)/i.test(file))
    : [];
  if (files.length > 0) {
    return { title, text: files.map((file) => readFileSync(join(path, file), "utf8")).join("\n\n") };
  }
  const known = withoutText[name];
  if (known === undefined)
    throw new Error(`${name} has no licence text. Add it to infra/notices/packages-without-text.json.`);
  const text = readFileSync(join(import.meta.dirname, `${known.license}.txt`), "utf8");
  return { title, text: `${known.copyright}\n\n${text}` };
}
