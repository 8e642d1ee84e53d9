import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { cp, mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { writeLake } from "../../local/lake/write.ts";
import { LAKE, NORTH, SOUTH } from "../local/fixture.ts";
import { expectedReport } from "../oracle.ts";

const ROOT = join(import.meta.dirname, "..", "..");
const PORT = 18_787;

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "start-"));
  await writeLake(join(folder, "lake"), LAKE);
});
afterAll(() => rm(folder, { recursive: true }));

const running = new Set<ChildProcess>();
afterEach(async () => {
  for (const child of running) {
    child.kill("SIGKILL");
    if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
  }
  running.clear();
});

/** Runs `npm start` with these arguments until it is ready or has ended. */
async function npmStart(
  ...args: string[]
): Promise<{ child: ChildProcess; output: string; code: number | null }> {
  const child = spawn("npm", ["start", "--", ...args], { cwd: ROOT, stdio: ["ignore", "pipe", "pipe"] });
  running.add(child);
  let output = "";
  const { promise, resolve } = Promise.withResolvers<number | null>();
  const collect = (chunk: Buffer) => {
    output += chunk.toString();
    if (/^ready http/m.test(output)) resolve(null);
  };
  child.stdout.on("data", collect);
  child.stderr.on("data", collect);
  child.once("exit", resolve);
  const code = await promise;
  return { child, output, code };
}

function lake(): string[] {
  return ["--data", join(folder, "lake"), "--port", String(PORT)];
}

async function isListening(port: number): Promise<boolean> {
  const socket = connect(port, "127.0.0.1");
  const opened = await Promise.race([
    once(socket, "connect").then(() => true),
    once(socket, "error").then(() => false),
  ]).catch(() => false);
  socket.destroy();
  return opened;
}

async function untilSilent(): Promise<void> {
  const ports = [0, 1, 2, 3].map((offset) => PORT + offset);
  await expect
    .poll(async () => (await Promise.all(ports.map(isListening))).includes(true), { timeout: 15_000 })
    .toBe(false);
}

describe("npm start", () => {
  test("ends its output with ready and prints a curl line whose answer equals the oracle's", async () => {
    const { child, output } = await npmStart(...lake());
    expect(output.trimEnd().split("\n").at(-1)).toBe(`ready http://127.0.0.1:${PORT}`);
    expect(output).toContain(`  docs     http://127.0.0.1:${PORT}/docs\n`);
    expect(output).toContain(`  page     http://127.0.0.1:${PORT}/portal/?month=2026-04\n`);
    expect((await fetch(`http://127.0.0.1:${PORT}/portal/`)).status).toBe(200);
    expect(output).toMatch(/^Rolled up from 2026-04-10 through 2026-04-20; 11 days new/m);
    const line = output.split("\n").find((text) => text.startsWith("curl ")) ?? "false";
    const { stdout } = await promisify(execFile)("sh", ["-c", line], { cwd: ROOT });
    const question = { resellers: [NORTH, SOUTH], start_date: "2026-04-01", end_date: "2026-04-20" };
    expect(stdout).toBe(JSON.stringify(expectedReport(LAKE, question)));

    const token = async (...args: string[]) => {
      const call = ["run", "-s", "token", "--", "--port", String(PORT), ...args];
      return (await promisify(execFile)("npm", call, { cwd: ROOT })).stdout;
    };
    const payload = async (...args: string[]): Promise<Record<string, unknown>> =>
      JSON.parse(Buffer.from((await token(...args)).split(".")[1] ?? "", "base64url").toString());
    expect(await token("--resellers", NORTH)).toMatch(/^[\w-]+\.[\w-]+\.[\w-]+\n$/);
    expect(await payload("--resellers", `${NORTH},${SOUTH}`)).toMatchObject({ reseller_ids: [NORTH, SOUTH] });
    expect(await payload("--raw", '{"any":[1]}', "--claim", "https://x/y")).toMatchObject({
      "https://x/y": { any: [1] },
    });
    expect(await payload()).not.toHaveProperty("reseller_ids");
    expect(Number((await payload("--expired"))["exp"])).toBeLessThan(Date.now() / 1_000);

    const log = /^ {2}log {6}(.+)$/m.exec(output)?.[1] ?? "";
    expect((await readFile(log, "utf8")).trim().split("\n").length).toBeGreaterThanOrEqual(2);
    expect((await stat(log)).mode & 0o777).toBe(0o600);

    child.kill("SIGINT");
    await untilSilent();
  });

  test("prints text for people: no log lines and no token, except with --verbose", async () => {
    const { child, output } = await npmStart(...lake());
    const lines = output.split("\n").filter((line) => !line.startsWith(">"));
    expect(lines.filter((line) => line.startsWith("{"))).toEqual([]);
    expect(output).not.toMatch(/eyJ[\w-]{10}/);
    child.kill("SIGINT");
    await untilSilent();
    const verbose = await npmStart(...lake(), "--verbose");
    expect(verbose.output).toMatch(/^\{.*"message":"rollup"/m);
  });

  test.each(["SIGTERM", "SIGKILL"] as const)("leaves nothing behind when npm gets %s", async (signal) => {
    const { child } = await npmStart(...lake());
    expect(await isListening(PORT)).toBe(true);
    child.kill(signal);
    await untilSilent();
  });

  test("says which port is taken", async () => {
    const first = await npmStart(...lake(), "--no-rollup");
    expect(first.output).not.toContain("olled up");
    const { output, code } = await npmStart("--data", join(folder, "lake"), "--port", String(PORT - 1));
    expect(code).not.toBe(0);
    expect(output).toContain("is taken. The stack needs five ports in a row.");
    expect(output).not.toContain("    at ");
  });

  test("names what a lake folder lacks", async () => {
    const incomplete = join(folder, "incomplete");
    await cp(join(folder, "lake"), incomplete, { recursive: true });
    await rm(join(incomplete, "agents"), { recursive: true });
    const wrong = join(folder, "wrong");
    await cp(join(folder, "lake"), wrong, { recursive: true });
    await cp(join(wrong, "resellers"), join(wrong, "agents"), { recursive: true, force: true });
    const broken = join(folder, "broken");
    await cp(join(folder, "lake"), broken, { recursive: true });
    await writeFile(join(broken, "agents", "part-0.parquet"), "no Parquet");
    for (const [data, complaint] of [
      [join(folder, "nowhere"), "There is no folder"],
      [incomplete, "The lake needs the folder"],
      [wrong, "error: agents: The column agent_id is missing"],
      [broken, "error: agents: The file is not a Parquet file"],
    ] as const) {
      const { output, code } = await npmStart("--data", data, "--port", String(PORT));
      expect([code, output]).toEqual([1, expect.stringContaining(complaint)]);
      expect(output).not.toContain("    at ");
    }
  });

  test.each([["--port", "x"], ["--engine", "sqlite"], ["--nonsense"], ["stray"]])(
    "refuses %s %s with the usage",
    async (...args) => {
      const { output, code } = await npmStart(...args);
      expect(code).toBe(1);
      expect(output).toContain("Usage: npm start");
    },
  );
});
