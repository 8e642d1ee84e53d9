import { GetTemplateCommand } from "@aws-sdk/client-cloudformation";
import { InvokeCommand } from "@aws-sdk/client-lambda";
import { ListObjectsV2Command } from "@aws-sdk/client-s3";
import { ReceiveMessageCommand } from "@aws-sdk/client-sqs";
import { beforeAll, describe, expect, test } from "vitest";
import * as z from "zod";
import { CLOSED_AT, READERS_RESELLERS } from "../../contract/exchanges.ts";
import { requestToken } from "../../local/tokens.ts";
import { describeBudgets } from "../lib/dynamodb/budget-rules.ts";
import { type Account, bytesOf, functionsOf, HERE, nameOf } from "./account.ts";
import { allowPlainReads, useApiOrigin, useCors, useEngine } from "./adaptations.ts";
import { announcements } from "./billing-receiver.ts";
import { invoke } from "./cloud.ts";
import { type HttpAnswer, type HttpRequest, requestHost } from "./http.ts";
import { startWorkgroup } from "./lake.ts";
import type { Deployed } from "./world.ts";

const APRIL = "/v1/reports/minutes-by-organization?start_date=2026-04-01&end_date=2026-04-30";

/** The answers of the deployed stage dev. */
export function describeDeployedStack(account: Account): void {
  describe("the deployed stack", () => {
    let token: string;

    beforeAll(async () => {
      const { miniStack, engine } = account.world;
      const athenas = new Map<string, string>();
      const database = account.dev.physicalId("LakeDatabase");
      for (const [workgroup, outputLocation] of await workgroupsOf(account.dev)) {
        const settings = { workgroup, database, outputLocation };
        const athena = await startWorkgroup(account.dev.cloud.s3, engine, settings);
        account.world.untilTheEnd(athena);
        athenas.set(workgroup, athena.url);
      }
      for (const { physicalId } of functionsOf(account.dev))
        await useEngine(account.dev.cloud, physicalId, athenas, miniStack.url);
      await allowPlainReads(account.dev.cloud, account.dev.physicalId("PortalBucket"));
      const apiId = account.dev.physicalId("HttpApi");
      await useApiOrigin(
        account.dev.cloud,
        account.dev.physicalId("PortalDistribution"),
        miniStack.port,
        apiId,
      );
      await useCors(miniStack.url, HERE, apiId);
      token = await account.world.issuer.token({ reseller_ids: READERS_RESELLERS });
    });

    const bearer = (value: string) => ({ authorization: `Bearer ${value}` });
    const api = (path: string, request: HttpRequest = {}) =>
      requestHost(
        account.world.miniStack.port,
        `${account.dev.physicalId("HttpApi")}.execute-api.localhost`,
        path,
        request,
      );
    /** Like a browser's request to CloudFront, which MiniStack recognizes by a proxy header. */
    const page = (path: string, request: HttpRequest = {}) =>
      requestHost(account.world.miniStack.port, new URL(account.dev.outputs["PortalUrl"] ?? "").host, path, {
        ...request,
        headers: { ...request.headers, "x-forwarded-proto": "https" },
      });
    const locally = async (path: string) => {
      const own = await requestToken(account.world.local.issuer, { reseller_ids: READERS_RESELLERS });
      const answer = await fetch(`${account.world.local.url}${path}`, { headers: bearer(own) });
      const body = bytesOf(await answer.text());
      return { status: answer.status, type: answer.headers.get("content-type"), body };
    };
    const shown = ({ status, headers, body }: HttpAnswer) => ({
      status,
      type: headers["content-type"],
      body: bytesOf(body),
    });

    test("answers 401 without a token and with a token for another audience", async () => {
      expect((await api(APRIL)).status).toBe(401);
      const other = await account.world.issuer.token({
        aud: "another-service",
        reseller_ids: READERS_RESELLERS,
      });
      expect((await api(APRIL, { headers: bearer(other) })).status).toBe(401);
    });

    test("answers 403 with a malformed claim", async () => {
      const malformed = await account.world.issuer.token({ reseller_ids: "*" });
      const answer = await api(APRIL, { headers: bearer(malformed) });
      expect(answer.status).toBe(403);
      expect(JSON.parse(answer.body)).toMatchObject({ type: "/problems/malformed_claim" });
    });

    test("answers a report with the same bytes as the local gateway", async () => {
      const answer = await api(APRIL, { headers: bearer(token) });
      expect(answer.status).toBe(200);
      expect(shown(answer)).toEqual(await locally(APRIL));
    });

    test("rolls up days in MiniStack's S3, after which the report has the same bytes", async () => {
      const { result } = await invoke(account.dev.cloud, nameOf(account.dev, "usage-rollup"), {
        task: "roll up",
      });
      expect(result).toMatchObject({ outcome: "caught_up", days_behind: 0 });
      const listed = { Bucket: account.dev.physicalId("RollupBucket") };
      const { Contents } = await account.dev.cloud.s3.send(new ListObjectsV2Command(listed));
      expect(Contents?.map(({ Key }) => Key)).toContain("coverage.json");
      expect(shown(await api(APRIL, { headers: bearer(token) }))).toEqual(await locally(APRIL));
      const compaction = await invoke(account.dev.cloud, nameOf(account.dev, "usage-rollup"), {
        task: "compact",
      });
      expect(compaction.result).toMatchObject({ outcome: "compacted" });
    });

    test("closes a month, which the API then reads with the same bytes as the local gateway", async () => {
      for (const scheduled_time of CLOSED_AT) {
        const { result } = await invoke(account.dev.cloud, nameOf(account.dev, "billing-snapshot"), {
          scheduled_time,
        });
        expect(result).toEqual(await account.world.local.snapshot({ scheduled_time }));
      }
      for (const path of ["/v1/billing/snapshots", "/v1/billing/snapshots/2026-04"]) {
        const answer = await api(path, { headers: bearer(token) });
        expect(answer.status).toBe(200);
        expect(shown(answer)).toEqual(await locally(path));
      }
    });

    test("announces each revision and each bill to the topic, and no other object", async () => {
      const Bucket = account.dev.physicalId("SnapshotBucket");
      const { Contents = [] } = await account.dev.cloud.s3.send(new ListObjectsV2Command({ Bucket }));
      const keys = Contents.map(({ Key }) => `${Bucket}/${Key}`);
      const expected = keys.filter((key) => /\/manifest\.json$|\/bills\//.test(key));
      expect(expected.length).toBeGreaterThan(2);
      expect(expected.length).toBeLessThan(keys.length);
      const announced = await announcements(account.dev.cloud, account.receiver);
      // At least once, as docs/billing.md says.
      expect([...new Set(announced)].toSorted(byText)).toEqual(expected.toSorted(byText));
    });

    test("sends a failed run to the queue of failures", async () => {
      // The lake has no day of June.
      const event = { scheduled_time: "2026-07-04T06:00:00Z" };
      const FunctionName = nameOf(account.dev, "billing-snapshot");
      const Payload = Buffer.from(JSON.stringify(event));
      await account.dev.cloud.lambda.send(
        new InvokeCommand({ FunctionName, InvocationType: "Event", Payload }),
      );
      const message = await receive(account.dev, account.dev.physicalId("BillingSnapshotFailures"));
      expect(JSON.parse(message)).toMatchObject({ requestPayload: event });
    });

    test("answers the documentation with the same bytes as the local gateway, without a token", async () => {
      for (const path of ["/openapi.json", "/docs", "/docs/page.js"])
        expect(shown(await api(path))).toEqual(await locally(path));
    });

    test("serves the page by CloudFront, with its headers and this stage's configuration", async () => {
      const index = await page("/portal/");
      expect(index.status).toBe(200);
      expect(index.body).toContain('<script type="module" src="/portal/assets/');
      expect(index.headers).toMatchObject({
        "content-security-policy": expect.stringContaining(`connect-src 'self' ${account.world.issuer.url};`),
        "strict-transport-security": expect.stringMatching(/^max-age=\d{8}; includeSubDomains$/),
        "x-content-type-options": "nosniff",
        "x-frame-options": "DENY",
        "referrer-policy": "no-referrer",
      });
      expect(await page("/")).toMatchObject({ status: 302, headers: { location: "/portal/" } });
      const config = await page("/portal/config.json");
      expect(JSON.parse(config.body)).toMatchObject({
        issuer: account.world.issuer.url,
        client_id: "page-of-dev",
      });
    });

    test("answers /v1 and the documentation through CloudFront as the API does, and forwards Authorization", async () => {
      expect((await page(APRIL)).status).toBe(401);
      const answer = await page(APRIL, { headers: bearer(token) });
      expect(answer.status).toBe(200);
      expect(shown(answer)).toEqual(await locally(APRIL));
      expect(shown(await page("/openapi.json"))).toEqual(await locally("/openapi.json"));
    });
  });

  describe("a partner's budget in the deployed table", () => {
    describeBudgets(() => ({
      url: account.world.miniStack.url,
      table: account.dev.physicalId("BudgetTable"),
    }));
  });
}

const byText = (a: string, b: string) => (a < b ? -1 : 1);

const workgroups = z.object({
  Resources: z.record(
    z.string(),
    z.looseObject({
      Type: z.string(),
      Properties: z.optional(
        z.looseObject({
          WorkGroupConfiguration: z.optional(
            z.looseObject({
              ResultConfiguration: z.object({ OutputLocation: z.object({ "Fn::Sub": z.string() }) }),
            }),
          ),
        }),
      ),
    }),
  ),
});

/** The results location of each workgroup of the template, by the workgroup's name. */
async function workgroupsOf({ cloud, stack, physicalId }: Deployed): Promise<Map<string, string>> {
  const { TemplateBody } = await cloud.cloudFormation.send(new GetTemplateCommand({ StackName: stack }));
  const { Resources } = workgroups.parse(JSON.parse(TemplateBody ?? ""));
  const found = Object.entries(Resources).filter(([, { Type }]) => Type === "AWS::Athena::WorkGroup");
  return new Map(
    found.map(([id, { Properties }]) => {
      const place = Properties?.WorkGroupConfiguration?.ResultConfiguration.OutputLocation["Fn::Sub"] ?? "";
      return [physicalId(id), place.replace(/\$\{(\w+)\}/g, (_, bucket: string) => physicalId(bucket))];
    }),
  );
}

async function receive({ cloud }: Deployed, queue: string): Promise<string> {
  for (let attempt = 0; attempt < 15; attempt++) {
    const command = new ReceiveMessageCommand({ QueueUrl: queue, WaitTimeSeconds: 2 });
    const [message] = (await cloud.sqs.send(command)).Messages ?? [];
    if (message?.Body !== undefined) return message.Body;
  }
  throw new Error(`${queue} has no message`);
}
