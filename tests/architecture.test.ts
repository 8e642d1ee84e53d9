import { globSync, readFileSync } from "node:fs";
import { dirname, join, posix } from "node:path";
import { describe, expect, test } from "vitest";
import { LAYERS, REST } from "./layers.ts";

const ROOT = dirname(import.meta.dirname);
const FILES = globSync("{lib,functions,infra,local,contract,audit,portal,cli}/**/*.{ts,tsx,js,mjs}", {
  cwd: ROOT,
}).toSorted();
const DEPLOYED = FILES.filter((file) => /^(lib|functions|portal)\//.test(file));
const LIB = FILES.filter((file) => file.startsWith("lib/"));

function textOf(file: string): string {
  return readFileSync(join(ROOT, file), "utf8");
}

const IMPORT =
  /^(?:import|export)\b[^;"']*?\bfrom\s*["']([^"']+)["']|^import\s*["']([^"']+)["']|\bimport\(\s*["']([^"']+)["']/gm;

interface Imports {
  /** Paths from the project's root. */
  readonly project: readonly string[];
  readonly packages: readonly string[];
}

function importsOf(file: string): Imports {
  const specifiers = Array.from(
    textOf(file).matchAll(IMPORT),
    ([, named, bare, dynamic]) => named ?? bare ?? dynamic ?? "",
  );
  const relative = specifiers.filter((specifier) => specifier.startsWith("."));
  return {
    project: relative.map((specifier) => posix.join(posix.dirname(file), specifier)),
    packages: specifiers.filter((specifier) => !specifier.startsWith(".")),
  };
}

/** The index in LAYERS of a file's folder in lib/; -1 if it has none. */
function layerOf(file: string): number {
  const folder = file.split("/").slice(0, -1).join("/");
  return LAYERS.findLastIndex((layer) =>
    layer.folder === "lib" ? folder === "lib" : `${folder}/`.startsWith(`${layer.folder}/`),
  );
}

/** The imports of a file in lib/ that its folder may not have. */
function strangersIn(file: string): string[] {
  const { project, packages } = importsOf(file);
  const own = layerOf(file);
  const layer = LAYERS[own];
  const strangers = project.filter((imported) => {
    const other = layerOf(imported);
    return other < 0 || other > own || layer?.not?.includes(LAYERS[other]?.folder ?? "") === true;
  });
  return [...strangers, ...packages.filter((name) => layer?.packages.test(name) !== true)];
}

/** Each circle of imports: the files on the way from a file back to itself. */
function circles(files: readonly string[]): string[] {
  const done = new Set<string>();
  const found: string[] = [];
  const visit = (file: string, way: readonly string[]) => {
    if (way.includes(file)) found.push([...way.slice(way.indexOf(file)), file].join(" -> "));
    if (done.has(file)) return;
    done.add(file);
    if (!files.includes(file)) return;
    for (const next of importsOf(file).project) visit(next, [...way, file]);
  };
  for (const file of files) visit(file, []);
  return found;
}

/** The imports of a file in another folder that it may not have. */
function strangersElsewhere(file: string): string[] {
  const { project, packages } = importsOf(file);
  const folder = REST.find(({ files }) => files.test(file));
  return [
    ...project.filter((imported) => folder?.imports.test(imported) === false),
    ...packages.filter((name) => folder?.packages.test(name) === false),
  ];
}

/** Every file with its problems, so that a failure shows them all. */
function offenders(files: readonly string[], wrongIn: (file: string) => readonly string[]): string[] {
  return files.flatMap((file) => wrongIn(file).map((wrong) => `${file}: ${wrong}`));
}

/** The parts of a file's text that match. */
function matches(pattern: RegExp): (file: string) => string[] {
  return (file) => textOf(file).match(new RegExp(pattern.source, "gm")) ?? [];
}

/** A file's code without its imports, comments and re-exports. */
function ownCodeOf(file: string): string {
  return textOf(file)
    .replaceAll(/\/\*[^]*?\*\/|^\s*\/\/.*$/gm, "")
    .replaceAll(/^import\b[^;]*;/gm, "")
    .replaceAll(/^export\b[^;{]*(?:\{[^}]*\})?\s*from\b[^;]*;/gm, "")
    .trim();
}

describe("the layers", () => {
  test("cover every folder of lib/ and every other folder", () => {
    expect(LIB.filter((file) => layerOf(file) < 0)).toEqual([]);
    const others = FILES.filter((file) => !file.startsWith("lib/"));
    expect(others.filter((file) => !REST.some(({ files }) => files.test(file)))).toEqual([]);
    const used = new Set(LIB.map(layerOf));
    expect(LAYERS.filter((_, place) => !used.has(place))).toEqual([]);
  });

  test("import only from lower layers and only their own packages", () => {
    expect(offenders(LIB, strangersIn)).toEqual([]);
  });

  test("have no circular imports", () => {
    expect(circles(FILES)).toEqual([]);
  });

  test("are read from every form of import", () => {
    const mentioned = (file: string) => textOf(file).match(/\bfrom "/g)?.length ?? 0;
    const unread = FILES.filter((file) => {
      const { project, packages } = importsOf(file);
      return project.length + packages.length < mentioned(file);
    });
    expect(unread).toEqual([]);
    expect(importsOf("lib/athena/querier.ts").project).toContain("lib/athena/execution.ts");
  });
});

describe("functions, infra and the local stack", () => {
  test("import only what they may: nothing that is deployed imports the last two", () => {
    expect(offenders(FILES, strangersElsewhere)).toEqual([]);
  });

  test("have one composition root for each function, and only it reads the environment", () => {
    const others = DEPLOYED.filter((file) => !/^functions\/[a-z-]+\/index\.ts$/.test(file));
    expect(offenders(others, matches(/\bprocess\.env\b/))).toEqual([]);
  });

  test("get their AWS clients from one place", () => {
    const others = DEPLOYED.filter((file) => !file.startsWith("lib/composition/"));
    expect(offenders(others, matches(/\bnew [A-Z]\w*(?:Client|HttpHandler)\(/))).toEqual([]);
  });
});

describe("the scope of all resellers", () => {
  test("is created only in the functions that a schedule runs, never behind HTTP", () => {
    const makers = DEPLOYED.filter((file) => /\ballResellers\b/.test(textOf(file)));
    expect(makers).toEqual([
      "functions/billing-snapshot/handler.ts",
      "functions/usage-rollup/handler.ts",
      "lib/scope/all-resellers.ts",
    ]);
    const nearIt = DEPLOYED.filter((file) => importsOf(file).project.includes("lib/scope/all-resellers.ts"));
    expect(nearIt).toEqual([
      "functions/billing-snapshot/handler.ts",
      "functions/usage-rollup/handler.ts",
      "lib/billing/close-month.ts",
      "lib/billing/query.ts",
      "lib/rollup/roll-up.ts",
      "lib/rollup/statements.ts",
    ]);
    const reachable = (file: string, seen: Set<string>): Set<string> => {
      if (seen.has(file)) return seen;
      seen.add(file);
      for (const next of importsOf(file).project) reachable(next, seen);
      return seen;
    };
    for (const name of ["reports", "billing-snapshots-api"]) {
      expect(reachable(`functions/${name}/index.ts`, new Set())).not.toContain("lib/scope/all-resellers.ts");
    }
  });
});

describe("what the service knows", () => {
  const core = LIB.filter(
    (file) => layerOf(file) <= LAYERS.findIndex(({ folder }) => folder === "lib/usage"),
  );

  test("uses no clock and no random numbers: both are arguments", () => {
    const timeless = core.filter((file) => file !== "lib/deadline.ts");
    const handlers = DEPLOYED.filter((file) => file.endsWith("/handler.ts"));
    const clocks =
      /\bDate\.now\(|\bnew Date\(\)|\bperformance\.now\(|\bset(?:Timeout|Interval)\(|\bMath\.random\(/;
    expect(offenders([...timeless, ...handlers], matches(clocks))).toEqual([]);
  });
});

describe("every file", () => {
  test("has named exports only", () => {
    expect(offenders(FILES, matches(/^export default\b|\bas default\b/))).toEqual([]);
  });

  test("has content of its own: no file only re-exports", () => {
    expect(FILES.filter((file) => ownCodeOf(file) === "")).toEqual([]);
  });

  test("that is deployed has at most 300 lines", () => {
    expect(DEPLOYED.filter((file) => textOf(file).split("\n").length - 1 > 300)).toEqual([]);
  });

  test("that is deployed has no any, no non-null assertion and no disabled check", () => {
    const holes =
      /\bas any\b|: any\b|<any>|@ts-(?:ignore|expect-error|nocheck)|oxlint-disable|eslint-disable|\w!\.|\w!;/;
    expect(offenders(DEPLOYED, matches(holes))).toEqual([]);
  });
});
