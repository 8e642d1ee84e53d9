import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { duckdbEngine } from "../../local/engine/duckdb.ts";
import { writeLake } from "../../local/lake/write.ts";
import { BILLED_LAKE, FIRST_RUN, SECOND_RUN } from "../local/billed-lake.ts";
import { snapshotObjects } from "../local/snapshot-objects.ts";
import { startOver, type TestStack } from "../local/test-stack.ts";

const ROOT = join(import.meta.dirname, "../..");
/** Different from the ports of tests that run at the same time. */
const PORT = 19_087;

let folder: string;
let stack: TestStack;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "verify-"));
  await writeLake(join(folder, "lake"), BILLED_LAKE);
  stack = await startOver(await duckdbEngine(join(folder, "lake")), join(folder, "objects"), { port: PORT });
  for (const scheduled_time of [FIRST_RUN, SECOND_RUN]) await stack.snapshot({ scheduled_time });
  await stack.snapshot({ bill: "adjustments" });
});
afterAll(async () => {
  await stack[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

async function npmVerify(...args: string[]): Promise<Ended> {
  const { promise, resolve } = Promise.withResolvers<Ended>();
  const child = execFile("npm", ["run", "-s", "verify", "--", ...args], { cwd: ROOT }, (_, stdout, stderr) =>
    resolve({ code: child.exitCode, stdout, stderr }),
  );
  return promise;
}

test("npm run verify finds nothing wrong, and then finds a changed byte", async () => {
  const right = await npmVerify("--port", String(PORT), "--from", "2026-04");
  expect(right.stdout).toMatch(
    /^ok {4}2026-04: revision 2, .*, billed\nok {4}bill 1: 2026-04, .*\nok {4}bill 2: adjustments, .*\nok {4}bucket: .*\nNothing is wrong\.\n$/,
  );
  expect(right.code).toBe(0);

  const [, sha256 = ""] = /bill 2: .*, sha256 ([0-9a-f]{64})/.exec(right.stdout) ?? [];
  const objects = snapshotObjects(stack.s3);
  const { key = "" } = (await objects.manifest("2026-04", 2)).resellers[0] ?? {};
  await objects.put(
    key,
    (await objects.get(key)).toString().replace('"voice_seconds":', '"voice_seconds":1'),
  );
  const wrong = await npmVerify("--port", String(PORT), "--head", `2:${sha256}`);
  expect(wrong.stdout).toMatch(
    /^WRONG 2026-04: .*\n {8}revision 2: the statement of .* does not match its hash\n/,
  );
  expect(wrong.code).toBe(1);
});

test.each([
  [["--head", "1"], "--head must be"],
  [["--from", "2026"], "--from must be"],
  [["--port", "1"], "No stack answers at port 1"],
  [["--nonsense"], "--nonsense"],
])("npm run verify %j ends with 2 and the usage", async (args, message) => {
  const { code, stdout, stderr } = await npmVerify(...args);
  expect([code, stdout]).toEqual([2, ""]);
  expect(stderr).toContain(message);
  expect(stderr).toContain("Usage: npm run -s verify");
});
