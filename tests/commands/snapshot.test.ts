import { execFile } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { duckdbEngine } from "../../local/engine/duckdb.ts";
import { writeLake } from "../../local/lake/write.ts";
import { BILLED_LAKE, FIRST_RUN, SECOND_RUN } from "../local/billed-lake.ts";
import { call, LAKE, NORTH, SOUTH } from "../local/fixture.ts";
import { manifestPath, snapshotObjects } from "../local/snapshot-objects.ts";
import { startOver } from "../local/test-stack.ts";

const ROOT = join(import.meta.dirname, "..", "..");
/** Different from the ports of tests that run at the same time. */
const PORT = 18_887;
const OBJECTS = join(ROOT, ".local", `s3-${PORT}`);
const MANIFEST = `manifest: s3://billing-snapshots/${manifestPath("2026-04", 1)}\n`;
const BILL = "bill 1 (2026-04): s3://billing-snapshots/bills/000001.json\n";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "snapshot-"));
  await writeLake(join(folder, "billed"), BILLED_LAKE);
  await writeLake(join(folder, "incomplete"), LAKE);
  const broken = { ...call("bad"), call_id: null };
  await writeLake(join(folder, "broken"), {
    ...BILLED_LAKE,
    call_usage: [...BILLED_LAKE.call_usage, broken],
  });
});
afterAll(() => rm(folder, { recursive: true }));
afterEach(() => rm(OBJECTS, { recursive: true, force: true }));

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs `npm run snapshot` with these arguments to its end. */
async function npmSnapshot(...args: string[]): Promise<Ended> {
  const npmArguments = ["run", "-s", "snapshot", "--", "--port", String(PORT), ...args];
  const { promise, resolve } = Promise.withResolvers<Ended>();
  const child = execFile("npm", npmArguments, { cwd: ROOT }, (_, stdout, stderr) => {
    resolve({ code: child.exitCode, stdout, stderr });
  });
  return promise;
}

function lake(name: "billed" | "incomplete" | "broken"): string[] {
  return ["--data", join(folder, name)];
}

describe("npm run snapshot", () => {
  test("prints its usage with --help and does nothing", async () => {
    const { code, stdout } = await npmSnapshot("--help");
    expect(code).toBe(0);
    for (const option of [
      "--at",
      "--period",
      "--as-of",
      "--allow-missing-day",
      "--allow-unsound",
      "--reason",
      "--bill-adjustments",
      "--port",
      "--data",
    ]) {
      expect(stdout).toContain(option);
    }
    expect(existsSync(OBJECTS)).toBe(false);
  });

  test.each([
    ["without an instant", []],
    ["both ways at once", ["--at", FIRST_RUN, "--period", "2026-04"]],
    ["with a reason for the schedule", ["--at", FIRST_RUN, "--reason", "x"]],
    ["with an unknown option", ["--at", FIRST_RUN, "--nonsense"]],
    ["with a stray word", ["--at", FIRST_RUN, "stray"]],
    ["with an unknown engine", ["--at", FIRST_RUN, "--engine", "sqlite"]],
    ["with an invalid port", ["--at", FIRST_RUN, "--port", "x"]],
  ])("fails with the usage when called %s, and starts nothing", async (_, args) => {
    const { code, stdout, stderr } = await npmSnapshot(...args);
    expect([code, stdout]).toEqual([1, ""]);
    expect(stderr).toContain("Usage: npm run -s snapshot");
    expect(stderr).not.toContain("    at ");
    expect(existsSync(OBJECTS)).toBe(false);
  });
});

describe("without a running stack, starts its own", () => {
  test("closes the month, names its manifest, and finds it unchanged in a second run", async () => {
    const first = await npmSnapshot("--at", FIRST_RUN, ...lake("billed"));
    expect([first.code, first.stdout]).toEqual([
      0,
      `2026-04 is closed: revision 1, as of ${FIRST_RUN}, 2 statements.\n${MANIFEST}${BILL}`,
    ]);
    const second = await npmSnapshot("--at", FIRST_RUN, ...lake("billed"));
    expect(second.stdout).toBe(
      `2026-04 is unchanged: revision 1, as of ${FIRST_RUN}. Nothing was written.\n${MANIFEST}`,
    );
    const third = await npmSnapshot("--period", "2026-04", "--as-of", SECOND_RUN, ...lake("billed"));
    expect(third.stdout).toBe(
      `2026-04 is revised: revision 2, as of ${SECOND_RUN}, 2 statements, 2 adjustments.\n` +
        MANIFEST.replace("revision=0001", "revision=0002"),
    );
    expect([second.code, third.code]).toEqual([0, 0]);
    const fourth = await npmSnapshot("--bill-adjustments", ...lake("billed"));
    expect([fourth.code, fourth.stdout]).toEqual([
      0,
      "The adjustments are billed.\nbill 2 (adjustments): s3://billing-snapshots/bills/000002.json\n",
    ]);
  });

  test("says what it did not do, without a failure", async () => {
    const early = await npmSnapshot("--at", "2026-05-03T06:00:00Z", ...lake("billed"));
    expect([early.code, early.stdout]).toEqual([
      0,
      "2026-04 is not closed before 2026-05-04T00:00:00Z. Nothing was written.\n",
    ]);
    const before = await npmSnapshot("--at", "2020-01-05T06:00:00Z", ...lake("billed"));
    expect([before.code, before.stdout]).toEqual([
      0,
      "2019-12 is before the first month to bill. It was not checked.\n",
    ]);
  });

  test("fails with the missing days, unless each of them is allowed", async () => {
    const refused = await npmSnapshot("--at", FIRST_RUN, ...lake("incomplete"));
    expect([refused.code, refused.stdout]).toEqual([1, ""]);
    expect(refused.stderr).toContain(
      "2026-04 is not closed: no record has arrived for 2026-04-01 to 2026-04-09, 2026-04-11 to 2026-04-19",
    );
    expect(refused.stderr).not.toContain("    at ");

    const days = Array.from({ length: 30 }, (_, index) => `2026-04-${String(index + 1).padStart(2, "0")}`);
    const silent = days.flatMap((day) => (/-[12]0$/.test(day) ? [] : ["--allow-missing-day", day]));
    const byHand = ["--period", "2026-04", "--as-of", FIRST_RUN, ...silent, "--reason", "Few calls."];
    const allowed = await npmSnapshot(...byHand, ...lake("incomplete"));
    expect([allowed.code, allowed.stdout]).toEqual([
      0,
      `2026-04 is closed: revision 1, as of ${FIRST_RUN}, 2 statements.\n${MANIFEST}${BILL}`,
    ]);
  });

  test("fails with what breaks the contract of the lake, unless its kind is allowed", async () => {
    const refused = await npmSnapshot("--at", FIRST_RUN, ...lake("broken"));
    expect([refused.code, refused.stdout]).toEqual([1, ""]);
    expect(refused.stderr).toContain("missing_call_id 1 on 2026-04-10");
    expect(refused.stderr).toContain("month_unsound: 2026-04 is not closed");

    const byHand = ["--period", "2026-04", "--as-of", FIRST_RUN, "--allow-unsound", "missing_call_id"];
    const allowed = await npmSnapshot(...byHand, "--reason", "The platform lost the id.", ...lake("broken"));
    expect([allowed.code, allowed.stdout]).toEqual([
      0,
      `2026-04 is closed: revision 1, as of ${FIRST_RUN}, 2 statements.\n${MANIFEST}${BILL}`,
    ]);
  });

  test.each([
    ["an instant with milliseconds", ["--at", "2026-05-04T06:00:00.000Z"], "without milliseconds"],
    ["no instant by hand", ["--period", "2026-04"], "--as-of is missing"],
    [
      "a day without a reason",
      ["--period", "2026-04", "--as-of", FIRST_RUN, "--allow-missing-day", "2026-04-19"],
      "--allow-missing-day, --allow-unsound or --allow-shrunk needs a --reason",
    ],
  ])("fails with the function's message about %s", async (_, args, complaint) => {
    const { code, stdout, stderr } = await npmSnapshot(...args, ...lake("billed"));
    expect([code, stdout]).toEqual([1, ""]);
    expect(stderr).toContain(complaint);
    expect(stderr).not.toContain("    at ");
  });

  test("fails if the lake does not exist", async () => {
    const { code, stderr } = await npmSnapshot("--at", FIRST_RUN, "--data", join(folder, "nowhere"));
    expect([code, stderr]).toEqual([1, expect.stringContaining("There is no folder")]);
    expect(stderr).not.toContain("    at ");
  });

  test("names the port that another program uses", async () => {
    const other = createServer().listen(PORT, "127.0.0.1");
    await once(other, "listening");
    try {
      const { code, stderr } = await npmSnapshot("--at", FIRST_RUN, ...lake("billed"));
      expect([code, stderr]).toEqual([1, expect.stringContaining(`Port ${PORT} is taken`)]);
      expect(stderr).not.toContain("    at ");
    } finally {
      other.close();
      await once(other, "close");
    }
  });
});

test("closes the month in the running stack, and the API shows it at once", async () => {
  const engine = await duckdbEngine(join(folder, "billed"));
  try {
    const options = { port: PORT, lake: join(folder, "billed") };
    await using stack = await startOver(engine, join(folder, "objects"), options);
    const path = "/v1/billing/snapshots";
    expect((await stack.ask({ path, claim: [NORTH] })).text).toBe('{"data":[]}');
    const { code, stdout } = await npmSnapshot("--at", FIRST_RUN);
    expect([code, stdout]).toEqual([
      0,
      `2026-04 is closed: revision 1, as of ${FIRST_RUN}, 2 statements.\n${MANIFEST}${BILL}`,
    ]);
    expect((await stack.ask({ path, claim: [SOUTH] })).text).toContain('"period":"2026-04","revision":1');
    expect(existsSync(OBJECTS)).toBe(false);
    // It lists the lake as the deployed function does, so that the next look needs no query.
    const { listing_sha256 } = await snapshotObjects(stack.s3).manifest("2026-04", 1);
    expect(listing_sha256).toMatch(/^[0-9a-f]{64}$/);

    stack.faults.set([{ on: "GetObject", effect: { kind: "refuse", status: 403, type: "AccessDenied" } }]);
    const failed = await npmSnapshot("--at", SECOND_RUN);
    expect([failed.code, failed.stdout]).toEqual([1, ""]);
    expect(failed.stderr).not.toContain("    at ");
  } finally {
    await engine.close();
  }
});
