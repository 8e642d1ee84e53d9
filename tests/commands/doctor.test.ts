import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { CALL, DAY, writeDirectory, writeRows } from "../local/odd-lake.ts";

const ROOT = join(import.meta.dirname, "../..");

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "doctor-command-"));
  for (const name of ["sound", "broken"]) {
    await writeDirectory(join(folder, name));
    await writeRows(join(folder, name), `${DAY}/x.parquet`, [CALL]);
  }
  await writeRows(join(folder, "broken"), "call_usage/dt=2026-04-31/x.parquet", [CALL]);
});
afterAll(() => rm(folder, { recursive: true }));

async function npmDoctor(...args: string[]) {
  const { promise, resolve } = Promise.withResolvers<{
    code: number | null;
    stdout: string;
    stderr: string;
  }>();
  const child = execFile(
    "npm",
    ["run", "-s", "doctor", "--", ...args],
    { cwd: ROOT },
    (_, stdout, stderr) => {
      resolve({ code: child.exitCode, stdout, stderr });
    },
  );
  return promise;
}

test("exits with 0 if nothing is wrong", async () => {
  expect(await npmDoctor("--data", join(folder, "sound"))).toEqual({
    code: 0,
    stdout: "1 day, 2026-04-10: 0 errors, 0 warnings.\n",
    stderr: "",
  });
});

test("exits with 1 and prints each error with a sample and advice", async () => {
  const { code, stdout } = await npmDoctor("--data", join(folder, "broken"));
  expect(code).toBe(1);
  expect(stdout).toContain("ERROR call_usage folder_not_a_day dt=2026-04-31\n");
  expect(stdout).toContain("For example: call_usage/dt=2026-04-31/x.parquet\n");
  expect(stdout).toContain("Name the folder dt=YYYY-MM-DD");
  expect(stdout).toContain("1 error, 0 warnings.\n");
});

test.each([
  [["--data", "nowhere"], "There is no folder"],
  [[], "Give --data or --lake."],
  [["--data", "x", "--lake", "s3://x/"], "Give --data or --lake."],
  [["--lake", "x"], "--lake takes s3://BUCKET/PREFIX/."],
  [["--lake", "s3://x/"], "--lake needs --workgroup, --database"],
  [["--data", "x", "--earliest-date", "2026-02-30"], "--earliest-date takes a day"],
  [["--nonsense"], "Usage: npm run -s doctor"],
])("exits with 2 for %j", async (args, complaint) => {
  const { code, stdout, stderr } = await npmDoctor(...args);
  expect([code, stdout]).toEqual([2, ""]);
  expect(stderr).toContain(complaint);
  expect(stderr).not.toContain("    at ");
});

test("prints its usage", async () => {
  const { code, stdout } = await npmDoctor("--help");
  expect(code).toBe(0);
  expect(stdout).toContain("Exit code: 0: no errors, perhaps warnings.");
});
