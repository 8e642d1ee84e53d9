import { readFileSync } from "node:fs";
import { join } from "node:path";
import { GetTemplateCommand, ListStacksCommand } from "@aws-sdk/client-cloudformation";
import {
  GetDistributionCommand,
  GetOriginRequestPolicyCommand,
  ListCachePoliciesCommand,
} from "@aws-sdk/client-cloudfront";
import { describe, expect, test } from "vitest";
import * as z from "zod";
import { type Account, clientIdOf, ELSEWHERE, HERE, PAGE_ORIGIN } from "./account.ts";
import { makeBillingReceiver } from "./billing-receiver.ts";
import { deployedStage } from "./world.ts";

const ROOT = join(import.meta.dirname, "../..");

const template = z.object({
  Resources: z.record(z.string(), z.looseObject({ Type: z.string() })),
});
const readTemplate = (text: string | undefined) => template.parse(JSON.parse(text ?? ""));

/** Tests of one deployment, and of several in one account. */
export function describeDeployments(account: Account): void {
  describe("a deployment", () => {
    test("is refused without an issuer before anything is created, with a message that says what to give", async () => {
      const { status, output } = await account.world.run("deploy", [
        "--stage",
        "dev",
        "--param=lakeBucket=lake",
      ]);
      expect(status).not.toBe(0);
      expect(output).toMatch(/^.*jwtIssuer: is required\..*--param="jwtIssuer=https:.*$/m);
      const { StackSummaries } = await account.world
        .cloud(HERE)
        .cloudFormation.send(new ListStacksCommand({}));
      expect(StackSummaries ?? []).toEqual([]);
    });

    test("creates every resource of the template unchanged, and prints the address of the page", async () => {
      account.receiver = await makeBillingReceiver(account.world.cloud(HERE));
      const { status, output } = await account.world.deploy(["--stage", "dev"], {
        portalClientId: "page-of-dev",
        billingTopicArn: account.receiver.topicArn,
        allowedOrigins: PAGE_ORIGIN,
      });
      expect(output).toContain("Service deployed");
      expect(status).toBe(0);
      account.dev = await deployedStage(account.world, "dev");

      const packaged = join(ROOT, ".serverless/cloudformation-template-update-stack.json");
      const expected = readTemplate(readFileSync(packaged, "utf8"));
      const { TemplateBody } = await account.dev.cloud.cloudFormation.send(
        new GetTemplateCommand({ StackName: account.dev.stack }),
      );
      expect(readTemplate(TemplateBody)).toEqual(expected);
      expect(account.dev.resources.map(({ logicalId }) => logicalId).toSorted()).toEqual(
        Object.keys(expected.Resources).toSorted(),
      );
      expect(output).toContain(`report page: ${account.dev.outputs["PortalUrl"]}`);
    });

    test("caches the page and nothing of the API, and forwards to the API what it needs", async () => {
      const { cloudFront } = account.dev.cloud;
      const { CachePolicyList } = await cloudFront.send(new ListCachePoliciesCommand({ Type: "managed" }));
      const names = new Map(
        (CachePolicyList?.Items ?? []).map(
          ({ CachePolicy }) => [CachePolicy?.Id, CachePolicy?.CachePolicyConfig?.Name] as const,
        ),
      );
      const { Distribution } = await cloudFront.send(
        new GetDistributionCommand({ Id: account.dev.physicalId("PortalDistribution") }),
      );
      const { DefaultCacheBehavior, CacheBehaviors } = Distribution?.DistributionConfig ?? {};
      expect(names.get(DefaultCacheBehavior?.CachePolicyId)).toBe("Managed-CachingOptimized");
      expect(CacheBehaviors?.Items).not.toHaveLength(0);
      for (const { CachePolicyId, OriginRequestPolicyId } of CacheBehaviors?.Items ?? []) {
        expect(names.get(CachePolicyId)).toBe("Managed-CachingDisabled");
        const { OriginRequestPolicy } = await cloudFront.send(
          new GetOriginRequestPolicyCommand({ Id: OriginRequestPolicyId }),
        );
        // With cookies, CloudFront forwards no If-None-Match.
        expect(OriginRequestPolicy?.OriginRequestPolicyConfig).toMatchObject({
          CookiesConfig: { CookieBehavior: "none" },
          HeadersConfig: { HeaderBehavior: "allExcept", Headers: { Items: ["host"] } },
          QueryStringsConfig: { QueryStringBehavior: "all" },
        });
      }
    });

    test.each([
      ["prod", HERE],
      ["dev", ELSEWHERE],
    ])(
      "of stage %s to %s has its own page and address, and does not change the other stages",
      async (stage, region) => {
        const client = `page-of-${stage}-${region}`;
        const options = ["--stage", stage, "--region", region];
        const { status, output } = await account.world.deploy(options, { portalClientId: client });
        expect(output).toContain("Service deployed");
        expect(status).toBe(0);
        const deployed = await deployedStage(account.world, stage, region);
        expect(output).toContain(`report page: ${deployed.outputs["PortalUrl"]}`);
        expect(deployed.outputs["PortalUrl"]).not.toBe(account.dev.outputs["PortalUrl"]);
        expect(await clientIdOf(deployed)).toBe(client);
        expect(await clientIdOf(account.dev)).toBe("page-of-dev");
      },
    );
  });
}
