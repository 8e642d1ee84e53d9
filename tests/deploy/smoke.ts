import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { CloudWatchClient, PutMetricDataCommand, SetAlarmStateCommand } from "@aws-sdk/client-cloudwatch";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import * as z from "zod";
import { READERS_RESELLERS } from "../../contract/exchanges.ts";
import { type Account, HERE, nameOf, PAGE_ORIGIN } from "./account.ts";
import { viewerOf } from "./viewer.ts";

/** The curl call in docs/deploy.md: the first answer of a new deployment. */
function firstAnswerCommand(address: string): string {
  const document = readFileSync(join(import.meta.dirname, "../../docs/deploy.md"), "utf8");
  const [command = "", ...more] = [...document.matchAll(/^ *(curl .*)$/gm)].map(([, line = ""]) => line);
  if (more.length > 0) throw new Error("docs/deploy.md has a further curl command; try it too");
  return command.replace(/https:\/\/[a-z0-9]+\.cloudfront\.net/, address);
}

/** Tests of `npm run smoke` on the deployed stage dev. */
export function describeSmoke(account: Account): void {
  describe("npm run smoke", () => {
    const parts = new AsyncDisposableStack();
    let args: string[];
    let [address, token] = ["", ""];
    let cloudWatch: CloudWatchClient;
    beforeAll(async () => {
      const { miniStack, issuer } = account.world;
      const host = new URL(account.dev.outputs["PortalUrl"] ?? "").host;
      const viewer = parts.adopt(await viewerOf(miniStack.port, host), (running) => running.close());
      token = await issuer.token({ reseller_ids: READERS_RESELLERS });
      address = viewer.url;
      args = ["--url", viewer.url, "--token", token, "--month", "2026-04", "--origin", PAGE_ORIGIN];
      const credentials = { accessKeyId: "test", secretAccessKey: "test" };
      const client = new CloudWatchClient({ endpoint: miniStack.url, region: HERE, credentials });
      cloudWatch = parts.adopt(client, (open) => open.destroy());
    });
    afterAll(() => parts.disposeAsync());

    const inside = async () => {
      const options = ["--aws", "--stage", "dev", "--region", HERE, "--patience", "1"];
      const { output } = await account.world.run("smoke", [...args, ...options]);
      return output.split("\n").filter((line) => /usage-rollup|alarm/.test(line));
    };

    test("passes through CloudFront, including CORS", async () => {
      const { status, output } = await account.world.run("smoke", args);
      const lines = output.trim().split("\n");
      expect(lines.slice(0, -1).filter((line) => !line.startsWith("ok    "))).toEqual([]);
      expect(output).toContain(`ok    a page of ${PAGE_ORIGIN} may call the API`);
      expect(status).toBe(0);
    });

    test("is followed by the documented call with curl, which gets the first answer", async () => {
      const env = { ...process.env, TOKEN: token };
      const { stdout } = await promisify(execFile)("sh", ["-c", firstAnswerCommand(address)], { env });
      const answer = z.object({ data: z.array(z.unknown()), period: z.unknown() }).parse(JSON.parse(stdout));
      expect(answer.period).toEqual({ start_date: "2026-06-01", end_date: "2026-06-30" });
      expect(answer.data.length).toBeGreaterThan(0);
    });

    test("runs the rollup with --aws, and finds its log line, its metric and the alarms", async () => {
      // MiniStack makes no metric of a log line.
      const noMetric = "FAIL  the metric RollupFailures of usage-rollup has arrived: CloudWatch has no value";
      expect(await inside()).toEqual([
        "ok    usage-rollup runs when it is invoked: caught_up",
        "ok    the log of usage-rollup has the line of a run",
        expect.stringContaining(noMetric),
        // The run that failed on purpose above may have raised some.
        expect.stringMatching(
          /^(ok|FAIL) +the stack has every alarm, and none rings.*: (\d+ alarms$|ringing: )/,
        ),
      ]);
      await cloudWatch.send(
        new PutMetricDataCommand({
          Namespace: "MinutesService",
          MetricData: [
            {
              MetricName: "RollupFailures",
              Dimensions: [{ Name: "FunctionName", Value: nameOf(account.dev, "usage-rollup") }],
              Value: 0,
            },
          ],
        }),
      );
      expect(await inside()).toContain("ok    the metric RollupFailures of usage-rollup has arrived");
    });

    test("fails with --aws if an alarm rings, and names it", async () => {
      const AlarmName = account.dev.physicalId("RollupErrorsAlarm");
      await cloudWatch.send(
        new SetAlarmStateCommand({ AlarmName, StateValue: "ALARM", StateReason: "a test" }),
      );
      expect((await inside()).at(-1)).toMatch(new RegExp(`^FAIL.*ringing: .*${AlarmName}.*, after 1 s$`));
    });
  });
}
