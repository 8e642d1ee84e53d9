import { execFile, execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { sbom } from "../../infra/sbom.ts";
import { answers, scriptedService } from "./scripted-service.ts";

const ROOT = join(import.meta.dirname, "../..");
const DAYS = ["--from", "2026-04-01", "--to", "2026-04-02"];
const REPORT = JSON.stringify({
  data: [
    { date: "2026-04-01", total_voice_minutes: 1.5, call_count: 2 },
    { date: "2026-04-02", total_voice_minutes: 0, call_count: 0 },
  ],
  period: { start_date: "2026-04-01", end_date: "2026-04-02" },
});

let folder: string;
let tarball: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "voice-minutes-"));
  execFileSync("npm", ["pack", join(ROOT, "cli"), "--pack-destination", folder, "--ignore-scripts=false"], {
    cwd: folder,
    stdio: ["ignore", "ignore", "inherit"],
  });
  tarball = join(folder, readdirSync(folder).find((name) => name.endsWith(".tgz")) ?? "");
  // Installed as a partner does it: outside this repository and without a registry.
  execFileSync("npm", ["i", "--offline", "--no-audit", "--no-fund", "--prefix", folder, tarball], {
    cwd: folder,
    stdio: ["ignore", "ignore", "inherit"],
  });
}, 120_000);
afterAll(() => rmSync(folder, { recursive: true }));

/** This Node, and the machine's own if it has another one. */
const nodes = [
  process.execPath,
  ...(process.env["PATH"] ?? "")
    .split(delimiter)
    .filter((directory) => !directory.includes("node_modules"))
    .map((directory) => join(directory, "node"))
    .filter((file) => statSync(file, { throwIfNoEntry: false })?.isFile() === true)
    .slice(0, 1),
];

test.each(nodes)("the packed command prints a report with %s", async (node) => {
  await using service = await scriptedService(answers(200, REPORT, { "content-type": "application/json" }));
  const program = join(folder, "node_modules", ".bin", "voice-minutes");
  const { stdout } = await promisify(execFile)(node, [program, "report", ...DAYS, "--by", "day", "--quiet"], {
    cwd: folder,
    env: { MINUTES_URL: service.url, MINUTES_TOKEN: "token" },
  });
  expect(stdout).toBe(`\
Voice minutes by day, 2026-04-01 to 2026-04-02 (UTC days, both included)

day         calls  minutes   share
──────────────────────────────────
2026-04-01      2     1.50  100.0%
2026-04-02      0     0.00    0.0%
──────────────────────────────────
Total           2     1.50  100.0%
`);
});

test.each(nodes)("the packed command prints the bills, and one byte for byte, with %s", async (node) => {
  const list = JSON.stringify({ data: [], pending: [] });
  const csv = "bill,line_kind\r\n7,usage\r\n";
  await using service = await scriptedService(
    answers(200, list, { "content-type": "application/json" }),
    answers(200, csv, { "content-type": "text/csv; charset=utf-8; header=present" }),
  );
  const program = join(folder, "node_modules", ".bin", "voice-minutes");
  const env = { MINUTES_URL: service.url, MINUTES_TOKEN: "token" };
  const printed = async (...args: readonly string[]) =>
    (await promisify(execFile)(node, [program, "bill", ...args, "--quiet"], { cwd: folder, env })).stdout;
  expect(await printed()).toBe("No bill yet\n\nNo adjustments wait for a bill\n");
  expect(await printed("7", "--csv")).toBe(csv);
  expect(service.asked).toEqual(["GET /v1/billing/bills", "GET /v1/billing/bills/7"]);
});

test("the packed command names its commands, and refuses another one", async () => {
  const program = join(folder, "node_modules", ".bin", "voice-minutes");
  const { stdout } = await promisify(execFile)(process.execPath, [program, "--help"], { cwd: folder });
  expect(stdout).toMatch(/^ {2}report .*\n {2}bill /m);
  const refused = promisify(execFile)(process.execPath, [program, "toString"], { cwd: folder });
  await expect(refused).rejects.toMatchObject({ code: 2, stderr: expect.stringContaining("no command") });
});

test("lists every package of the bundle in the software bill of materials", () => {
  const notices = readFileSync(join(ROOT, "cli/dist/third-party-notices.txt"), "utf8");
  const bundled = [...notices.matchAll(/^(\S+ \d+\.\d+\.\d+) \(/gm)].map(([, name]) => name);
  expect(bundled.length).toBeGreaterThan(2);
  const listed = new Set(sbom().components.map(({ name, version }) => `${name} ${version}`));
  expect(bundled.filter((name) => name !== undefined && !listed.has(name))).toEqual([]);
});

test("packs only the bundle and its licences, a few hundred kilobytes", () => {
  const packed = execFileSync("tar", ["-tzf", tarball], { encoding: "utf8" }).trim().split("\n");
  expect(packed.toSorted()).toEqual([
    "package/README.md",
    "package/dist/third-party-notices.txt",
    "package/dist/voice-minutes.mjs",
    "package/package.json",
  ]);
  expect(statSync(join(folder, "node_modules/voice-minutes/dist/voice-minutes.mjs")).size).toBeLessThan(
    500_000,
  );
});
