import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { csvLine, csvText } from "../../lib/csv.ts";
import { runCommand } from "../../local/command.ts";
import { installDebianPackages } from "../debian-packages.ts";

const NEED = "The CSV is tested with LibreOffice: as root, apt-get install libreoffice-calc-nogui.";
const ID = "0b9c8a34-3a5e-4c5b-9d8e-1f2a3b4c5d6e";

/** Names that try to become a formula, in known ways and any others. The same on each run. */
const KNOWN = [
  "=1+41",
  "+1+41",
  "-1+41",
  "@SUM(1;41)",
  "＝1+41",
  "\t=1+41",
  "\r\n=1+41",
  "Acme;=1+41;x",
  "Acme\t=1+41",
  "Acme\n=1+41",
  "x;+1+41",
  'Acme;"=1+41"',
  ';""=1+41',
  "'=1+41",
  '"";=1+41;""',
];
const characters = fc.constantFrom(...Array.from("=+-@;,\t\n\"' 1"));
const ANY = fc.sample(fc.string({ unit: characters, maxLength: 12 }), { numRuns: 2_000, seed: 20_260_401 });
const NAMES = KNOWN.concat(ANY);

let folder: string;
beforeAll(async () => {
  if (!existsSync("/usr/bin/soffice")) installDebianPackages(NEED, ["libreoffice-calc-nogui"]);
  folder = await mkdtemp(join(tmpdir(), "spreadsheet-"));
});
afterAll(() => rm(folder, { recursive: true }));

/**
 * Returns the formulas that LibreOffice finds in a CSV file. @param separators their character codes, for its import
 */
async function formulasIn(csv: string, separators: string): Promise<string[]> {
  const file = join(folder, "report.csv");
  await writeFile(file, csv);
  const profile = `-env:UserInstallation=file://${folder}/profile`;
  // Separators, the quote's code, UTF-8: https://help.libreoffice.org/latest/en-US/text/shared/guide/csv_params.html
  const conversion = [`--infilter=CSV:${separators},34,76`, "--convert-to", "fods", "--outdir", folder, file];
  await runCommand("soffice", ["--headless", profile, ...conversion], NEED);
  const sheet = await readFile(join(folder, "report.fods"), "utf8");
  expect(sheet).toContain(ID);
  return [...sheet.matchAll(/table:formula="([^"]*)"/g)].map(([, formula = ""]) => formula);
}

const SEPARATORS = [
  ["comma", "44"],
  ["semicolon, as German and French Excel", "59"],
  ["tab", "9"],
  ["comma, semicolon and tab, as LibreOffice proposes", "44/59/9"],
] as const;

test.for(SEPARATORS)(
  "finds no formula in the names when LibreOffice separates by %s",
  async ([, separators]) => {
    const csv = NAMES.map((name) => csvLine([ID, csvText(name), ID, csvText(name), "1", "60"])).join("");
    expect(await formulasIn(csv, separators)).toEqual([]);
  },
);

test.for(SEPARATORS)(
  "finds formulas in unguarded names when LibreOffice separates by %s",
  async ([, separators]) => {
    const csv = NAMES.map((name) => csvLine([ID, `"${name.replaceAll('"', '""')}"`, "1"])).join("");
    expect((await formulasIn(csv, separators)).length).toBeGreaterThan(10);
  },
);
