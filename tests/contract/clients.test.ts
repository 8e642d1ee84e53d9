import { cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeAll, describe, expect, inject, test } from "vitest";
import { findGo } from "../../contract/go-program.ts";
import { runCommand } from "../../local/command.ts";
import {
  APRIL,
  figuresOf,
  ofOrganizations,
  plainMonth,
  plainMonths,
  plainReport,
  plainText,
  SNAPSHOTS,
} from "./plain-answers.ts";
import { DOCUMENT } from "./schemathesis.ts";
import { EXPECTED_FIGURES, startScriptedFigures } from "./scripted-figures.ts";

const { python, node, oapiCodegen } = inject("tools");
const { url, token } = inject("api");

const NEED = "The contract's tools are not installed: run npm run test:contract.";
const env = { ...process.env, PATH: `${python}:${process.env["PATH"]}`, API: url, TOKEN: token };

/** The output of a client: for the sample's API, and for figures that are hard to read exactly. */
interface Printed {
  readonly sample: unknown;
  readonly figures: unknown;
}

/**
 * Creates a client in a folder of its own, runs it against both APIs, and returns its output.
 *
 * @param make generates and compiles the client; returns how to run it
 */
async function runClient(
  parent: string,
  make: (
    folder: string,
  ) => Promise<(program: "client" | "figures", api: NodeJS.ProcessEnv) => Promise<string>>,
): Promise<Printed> {
  const folder = await mkdtemp(join(parent, "client-"));
  const scripted = await startScriptedFigures();
  try {
    const run = await make(folder);
    return {
      sample: JSON.parse(await run("client", env)),
      figures: JSON.parse(await run("figures", { ...env, API: scripted.url })),
    };
  } finally {
    await scripted.close();
    await rm(folder, { recursive: true });
  }
}

/** The output that every client must have, from answers that no client has read. */
async function expected() {
  const report = await plainReport(APRIL);
  const filtered = figuresOf(await plainReport(ofOrganizations(report, 0, 1)));
  const [newest, closed] = await Promise.all([
    plainMonth(`${SNAPSHOTS}/2026-04`),
    plainMonth(`${SNAPSHOTS}/2026-04?revision=1`),
  ]);
  expect(report.data.length).toBeGreaterThan(30);
  expect(filtered).toHaveLength(2);
  expect(newest.adjustments.length).toBeGreaterThan(0);
  return { report, filtered, newest, closed, months: await plainMonths() };
}

describe("a TypeScript client by openapi-typescript and openapi-fetch", () => {
  let printed: Printed;
  beforeAll(async () => {
    // Below the folder of the tools, so that the client finds them as its own packages.
    printed = await runClient(node, async (cwd) => {
      const sources = join(import.meta.dirname, "typescript");
      for (const file of ["client.ts", "figures.ts", "tsconfig.json"])
        await cp(join(sources, file), join(cwd, file));
      const tool = (name: string) => join(node, "node_modules/.bin", name);
      await runCommand(tool("openapi-typescript"), [DOCUMENT, "--output", "schema.d.ts"], NEED, { cwd });
      await runCommand(tool("tsc"), ["--project", "."], NEED, { cwd });
      return (program, api) => runCommand(process.execPath, [`${program}.ts`], NEED, { cwd, env: api });
    });
  });

  test("compiles, and gets the figures that a plain request gets", async () => {
    const { report, filtered, newest, closed, months } = await expected();
    const csv = await plainText(`${SNAPSHOTS}/2026-04?revision=1`, "text/csv");
    expect(printed.sample).toEqual({
      report: {
        figures: figuresOf(report),
        period: { start_date: "2026-04-01", end_date: "2026-04-30" },
      },
      filtered,
      posted: filtered,
      months,
      newest: { figures: figuresOf(newest), revision: 2, delta: newest.delta },
      closed: { figures: figuresOf(closed), revision: 1, adjustments: 0 },
      csvLines: csv.trim().split("\r\n").length,
      known: 304,
      wrong: { status: 400, codes: ["invalid_date"] },
      stranger: { status: 401, refusal: "Unauthorized" },
      open: { status: 404, isOpen: true },
    });
  });

  test("reads every figure exactly", () => {
    expect(printed.figures).toEqual(EXPECTED_FIGURES);
  });
});

describe("a Python client by openapi-python-client", () => {
  let printed: Printed;
  beforeAll(async () => {
    printed = await runClient(tmpdir(), async (cwd) => {
      const sources = join(import.meta.dirname, "python");
      for (const file of ["client.py", "figures.py"]) await cp(join(sources, file), join(cwd, file));
      const generation = ["--path", DOCUMENT, "--output-path", "minutes_client", "--meta", "none"];
      const generator = join(python, "openapi-python-client");
      await runCommand(generator, ["generate", ...generation, "--fail-on-warning"], NEED, { cwd, env });
      // The generated package is not checked, only its use.
      const checks = ["--strict", "--follow-imports=silent", "--no-incremental", "--cache-dir=/dev/null"];
      await runCommand(join(python, "mypy"), [...checks, "client.py", "figures.py"], NEED, { cwd });
      return (program, api) => runCommand(join(python, "python"), [`${program}.py`], NEED, { cwd, env: api });
    });
  });

  test("has types that mypy accepts, and gets the figures that a plain request gets", async () => {
    const { report, filtered, newest, closed, months } = await expected();
    const told = ({ revision, as_of, adjustments, delta, ...figures }: typeof newest) => ({
      figures: figuresOf(figures),
      revision,
      as_of: inPython(as_of),
      adjustments: adjustments.length,
      delta,
    });
    expect(printed.sample).toEqual({
      report: { figures: figuresOf(report), start_date: "2026-04-01", end_date: "2026-04-30" },
      filtered,
      posted: filtered,
      months: months.map((month) => ({ ...month, as_of: inPython(month.as_of) })),
      newest: told(newest),
      closed: told(closed),
      known: 304,
      wrong: { status: 400, codes: ["end_before_start"] },
      stranger: { status: 401, refusal: "Unauthorized" },
      open: { status: 404, is_open: true },
    });
  });

  test("reads every figure exactly", () => {
    expect(printed.figures).toEqual(EXPECTED_FIGURES);
  });
});

describe("a Go client by oapi-codegen", () => {
  let printed: Printed;
  beforeAll(async () => {
    printed = await runClient(tmpdir(), async (cwd) => {
      await cp(join(import.meta.dirname, "go"), cwd, { recursive: true });
      const generation = ["-generate", "types,client", "-package", "main", "-o", "client.gen.go", DOCUMENT];
      await runCommand(oapiCodegen, generation, NEED, { cwd });
      await runCommand(await findGo(NEED), ["build", "-o", "client", "."], NEED, { cwd });
      return (program, api) => runCommand(join(cwd, "client"), [program], NEED, { cwd, env: api });
    });
  });

  test("compiles, and gets the figures that a plain request gets", async () => {
    const { report, filtered, newest, closed, months } = await expected();
    const told = ({ revision, as_of, adjustments, delta, ...figures }: typeof newest) => ({
      figures: figuresOf(figures),
      revision,
      as_of,
      adjustments: adjustments.length,
      delta,
    });
    expect(printed.sample).toEqual({
      report: {
        figures: figuresOf(report),
        period: { start_date: "2026-04-01", end_date: "2026-04-30" },
      },
      filtered,
      posted: filtered,
      months,
      newest: told(newest),
      closed: told(closed),
      known: 304,
      wrong: { status: 400, codes: ["end_before_start"] },
      stranger: { status: 401, refusal: "Unauthorized" },
      open: { status: 404, is_open: true },
    });
  });

  test("reads every figure exactly", () => {
    expect(printed.figures).toEqual(EXPECTED_FIGURES);
  });
});

/** The format of Python's `isoformat`. */
function inPython(instant: string): string {
  return instant.replace("Z", "+00:00");
}
