import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as z from "zod";

const ROOT = join(import.meta.dirname, "..");

const lockSchema = z.object({
  name: z.string(),
  version: z.string(),
  packages: z.record(
    z.string(),
    z.object({
      version: z.string(),
      integrity: z.string().optional(),
      license: z.string().optional(),
      dev: z.boolean().default(false),
      optional: z.boolean().default(false),
      devOptional: z.boolean().default(false),
    }),
  ),
});

/**
 * Builds the software bill of materials (https://cyclonedx.org/docs/1.5/json/): the `dependencies` of package.json
 * and everything that they need, with versions, hashes and licences, from package-lock.json. Nothing else is shipped.
 *
 * `npm sbom` is not used: npm 11 omits a package that a development tool also needs, such as zod.
 */
export function sbom() {
  const lock = lockSchema.parse(JSON.parse(readFileSync(join(ROOT, "package-lock.json"), "utf8")));
  const shipped = Object.entries(lock.packages).filter(
    ([path, { dev, optional, devOptional }]) => path !== "" && !dev && !optional && !devOptional,
  );
  return {
    bomFormat: "CycloneDX",
    specVersion: "1.5",
    version: 1,
    metadata: { component: { type: "application", name: lock.name, version: lock.version } },
    components: shipped.map(([path, { version, integrity, license }]) => {
      const name = path.slice(path.lastIndexOf("node_modules/") + "node_modules/".length);
      return {
        type: "library",
        "bom-ref": path,
        name,
        version,
        purl: `pkg:npm/${name.replace("@", "%40")}@${version}`,
        hashes: [{ alg: "SHA-512", content: sha512(path, integrity) }],
        ...(license !== undefined && { licenses: [{ expression: license }] }),
      };
    }),
  };
}

/** The hash in hexadecimal digits. */
function sha512(path: string, integrity = ""): string {
  const [algorithm, hash = ""] = integrity.split("-", 2);
  if (algorithm !== "sha512") throw new Error(`package-lock.json has no SHA-512 integrity for ${path}`);
  return Buffer.from(hash, "base64").toString("hex");
}
