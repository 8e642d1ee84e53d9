import { spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync } from "node:fs";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { DAYS } from "../cli/call.ts";
import { CSV_TYPE, callTo, JSON_TYPE, REPORT, WHOLE } from "../cli/call-to.ts";
import { answers, type Step, scriptedService } from "../cli/scripted-service.ts";
import { DENTAL, NORTH } from "../local/fixture.ts";

const ROOT = join(import.meta.dirname, "..", "..");

/** Runs the command as a process, with its standard output redirected. */
function spawnReport(args: readonly string[], environment: NodeJS.ProcessEnv, stdout: "pipe" | number) {
  return spawn(process.execPath, [join(ROOT, "cli", "main.ts"), "report", ...args], {
    env: { ...process.env, ...environment },
    stdio: ["ignore", stdout, "pipe"],
  });
}

describe("the output", () => {
  test.each([
    ["the third day after it", "2026-05-03T23:59:59Z", true],
    ["the day after that", "2026-05-04T00:00:00Z", false],
  ])("has a note that recent figures may grow on %s: %s, %s", async (_, now, isTold) => {
    const clock = { now: () => new Date(now) };
    for (const args of [[], ["--json"]]) {
      const { code, stderr } = await callTo([WHOLE], args, clock);
      expect([code, stderr.includes("may still grow")]).toEqual([0, isTold]);
    }
    expect((await callTo([WHOLE], ["--quiet"], clock)).stderr).toBe("");
  });

  const hostile = 'organization_id\r\n"\u001b[31mRed\u009b0m\r\nEvil\u202E"\r\n';

  test("has no control characters on a terminal, and is unchanged in a pipe", async () => {
    const csv = answers(200, hostile, CSV_TYPE);
    expect((await callTo([csv], ["--csv"], { terminal: 80 })).stdout).toBe(
      'organization_id\r\n"\uFFFD[31mRed\uFFFD0m\r\nEvil\uFFFD"\r\n',
    );
    expect((await callTo([csv], ["--csv"])).stdout).toBe(hostile);
    expect((await callTo([WHOLE], ["--json"], { terminal: 80 })).stdout).toBe(`${REPORT}\n`);
    expect((await callTo([WHOLE], ["--json"])).stdout).toBe(REPORT);
  });

  test("has shortened names on a terminal, never in a pipe or a terminal of unknown width", async () => {
    const name = "\u001b[2JPinnacle Property Management, LLC";
    const entry = {
      organization_id: DENTAL,
      organization_name: name,
      reseller_id: NORTH,
      reseller_name: "North",
      total_voice_minutes: 0,
      agent_count: 0,
      agents: [],
    };
    const step = answers(200, JSON.stringify({ ...JSON.parse(REPORT), data: [entry] }), JSON_TYPE);
    expect((await callTo([step], [], { terminal: 40 })).stdout).toContain("\n\uFFFD[2JPinnacle Pr…  ");
    for (const unlimited of [{}, { terminal: 0 }]) {
      const { stdout } = await callTo([step], [], unlimited);
      expect(stdout).toContain("\n\uFFFD[2JPinnacle Property Management, LLC  ");
    }
  });

  test("ends with 1 if it cannot be written", async () => {
    await using service = await scriptedService(WHOLE);
    const full = openSync("/dev/full", "w");
    const child = spawnReport(DAYS, { MINUTES_URL: service.url, MINUTES_TOKEN: "t" }, full);
    closeSync(full);
    const [told, [code]] = await Promise.all([textOf(child.stderr), once(child, "exit")]);
    expect([code, told]).toEqual([1, expect.stringContaining("The report could not be written (ENOSPC).")]);
  });

  test("ends without an error if the reader closes early, as head does", async () => {
    const line = `${"x".repeat(99)}\r\n`;
    await using service = await scriptedService(answers(200, line.repeat(50_000), CSV_TYPE));
    const environment = { MINUTES_URL: service.url, MINUTES_TOKEN: "t" };
    const child = spawnReport([...DAYS, "--csv", "--quiet"], environment, "pipe");
    child.stdout?.once("data", () => child.stdout?.destroy());
    const [told, [code]] = await Promise.all([textOf(child.stderr), once(child, "exit")]);
    expect([code, told]).toEqual([0, ""]);
  });

  async function textOf(stream: Readable | null): Promise<string> {
    return stream === null ? "" : text(stream);
  }
});

describe("progress", () => {
  const slow: Step = async (response, request) => {
    await sleep(1_300);
    await WHOLE(response, request);
  };

  test("shows progress on standard error after a second, and clears it on a terminal", async () => {
    const [piped, shown, quiet] = await Promise.all([
      callTo([slow]),
      callTo([slow], [], { terminal: 80 }),
      callTo([slow], ["--quiet"]),
    ]);
    expect(piped.stderr).toMatch(/^1 s: waiting for the report\nNote: the report is empty/);
    expect(shown.stderr).toMatch(/^(?:[1-5] s: waiting for the report\r {27}\r)+Note: /);
    expect(quiet.stderr).toBe("");
    expect(new Set([piped.code, shown.code, quiet.code])).toEqual(new Set([0]));
  });
});
