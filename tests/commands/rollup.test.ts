import { execFile } from "node:child_process";
import { copyFile, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { duckdbEngine } from "../../local/engine/duckdb.ts";
import { writeLake } from "../../local/lake/write.ts";
import { APRIL, call, LAKE, NORTH } from "../local/fixture.ts";
import { startOver } from "../local/test-stack.ts";

const ROOT = join(import.meta.dirname, "..", "..");
/** Different from the ports of tests that run at the same time. */
const PORT = 18_987;

/** Runs `npm run rollup` with these arguments to its end. */
async function npmRollup(...args: string[]): Promise<{ code: number | null; said: string }> {
  const command = ["run", "-s", "rollup", "--", "--port", String(PORT), ...args];
  const { promise, resolve } = Promise.withResolvers<{ code: number | null; said: string }>();
  const child = execFile("npm", command, { cwd: ROOT }, (_, stdout, stderr) => {
    resolve({ code: child.exitCode, said: stdout + stderr });
  });
  return promise;
}

test("shows new data over the running stack, compacts the table, and says if no stack runs", {
  timeout: 180_000,
}, async () => {
  const folder = await mkdtemp(join(tmpdir(), "rollup-command-"));
  const lake = join(folder, "lake");
  await writeLake(lake, LAKE);
  const engine = await duckdbEngine(lake);
  const options = { port: PORT, lake, environment: { FRESHNESS_SECONDS: "0" } };
  const stack = await startOver(engine, join(folder, "objects"), options);
  const minutes = async () => {
    const { text } = await stack.ask({ query: APRIL, claim: [NORTH] });
    const { data }: { data: { total_voice_minutes: number }[] } = JSON.parse(text);
    return data.reduce((sum, each) => sum + each.total_voice_minutes, 0);
  };
  const closed = "Rolled up from 2026-04-10 through 2026-04-20";
  expect(await npmRollup()).toEqual({
    code: 0,
    said: expect.stringContaining(`${closed}; 11 days new`),
  });

  const before = await minutes();
  await writeLake(join(folder, "late"), { ...LAKE, call_usage: [call("99", { duration_seconds: 600n })] });
  const day = "call_usage/dt=2026-04-10";
  await copyFile(join(folder, "late", day, "part-0.parquet"), join(lake, day, "late.parquet"));
  expect(await minutes()).toBe(before);
  expect(await npmRollup()).toEqual({ code: 0, said: expect.stringContaining(`${closed}; 1 day new`) });
  expect(await minutes()).toBeCloseTo(before + 10, 6);
  expect(await npmRollup("--compact")).toEqual({
    code: 0,
    said: expect.stringContaining("The table is compacted."),
  });

  await rm(join(lake, "call_usage/dt=2026-04-20"), { recursive: true });
  const failed = await npmRollup();
  expect([failed.code, failed.said]).toEqual([
    1,
    expect.stringContaining("2026-04-20: the lake has no file"),
  ]);
  expect(await npmRollup("--allow-empty-day", "2026-04-20")).toMatchObject({ code: 0 });

  await stack[Symbol.asyncDispose]();
  await engine.close();
  expect(await npmRollup()).toEqual({
    code: 1,
    said: expect.stringContaining(`No stack runs at port ${PORT}`),
  });
  await rm(folder, { recursive: true });
});
