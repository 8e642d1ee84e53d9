import { readFileSync } from "node:fs";
import { join } from "node:path";
import { runInNewContext } from "node:vm";
import { describe, expect, test } from "vitest";
import * as z from "zod";
import { deploymentOf } from "../../infra/deploy.ts";
import { EVERY_PARAMETER } from "../../infra/package-template.ts";
import { portalHeaders } from "../../infra/portal-headers.ts";
import { only, type Packaged } from "./packaged.ts";

const behavior = z.object({
  TargetOriginId: z.string(),
  ResponseHeadersPolicyId: z.unknown().optional(),
});
const distribution = z.object({
  DistributionConfig: z.looseObject({
    DefaultCacheBehavior: behavior,
    CustomErrorResponses: z.array(z.record(z.string(), z.unknown())),
    CacheBehaviors: z.array(behavior.extend({ PathPattern: z.string() })),
  }),
});
const headersPolicy = z.object({
  ResponseHeadersPolicyConfig: z.object({
    SecurityHeadersConfig: z.object({
      ContentSecurityPolicy: z.object({ ContentSecurityPolicy: z.string() }),
      ContentTypeOptions: z.object({ Override: z.literal(true) }),
      FrameOptions: z.object({ FrameOption: z.string() }),
      ReferrerPolicy: z.object({ ReferrerPolicy: z.string() }),
      StrictTransportSecurity: z.object({
        AccessControlMaxAgeSec: z.number(),
        IncludeSubdomains: z.boolean(),
      }),
    }),
    CustomHeadersConfig: z.object({ Items: z.array(z.object({ Header: z.string(), Value: z.string() })) }),
  }),
});

/** The codes that CloudFront may cache. https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/HTTPStatusCodes.html */
const CACHEABLE_ERRORS = [400, 403, 404, 405, 414, 416, 500, 501, 502, 503, 504];

/** Tests of the report page's hosting. */
export const describePortal = (packaged: Packaged) =>
  describe("the report page", () => {
    const config = () =>
      distribution.parse(only(packaged.everything, "AWS::CloudFront::Distribution")).DistributionConfig;

    // `npm run test:deploy` checks the managed policies of the behaviors, against an external list.
    test("has the same address as the API", () => {
      const api = config().CacheBehaviors;
      expect(api.map(({ PathPattern }) => PathPattern)).toEqual([
        "/v1/*",
        "/openapi.json",
        "/llms.txt",
        "/docs*",
      ]);
      for (const { TargetOriginId } of api) expect(TargetOriginId).toBe("api");
      expect(config().DefaultCacheBehavior.TargetOriginId).toBe("page");
    });

    test("caches no error and has no error page, so that each caller receives the API's own problem document", () => {
      const uncached = CACHEABLE_ERRORS.map((ErrorCode) => ({ ErrorCode, ErrorCachingMinTTL: 0 }));
      expect(config().CustomErrorResponses).toEqual(uncached);
    });

    test("is served by CloudFront with exactly the headers of the local stack", () => {
      const { ResponseHeadersPolicyConfig: policy } = headersPolicy.parse(
        only(packaged.everything, "AWS::CloudFront::ResponseHeadersPolicy"),
      );
      const { SecurityHeadersConfig: security, CustomHeadersConfig: custom } = policy;
      const { AccessControlMaxAgeSec, IncludeSubdomains } = security.StrictTransportSecurity;
      const served = {
        "content-security-policy": security.ContentSecurityPolicy.ContentSecurityPolicy,
        "strict-transport-security": `max-age=${AccessControlMaxAgeSec}${IncludeSubdomains ? "; includeSubDomains" : ""}`,
        "referrer-policy": security.ReferrerPolicy.ReferrerPolicy,
        "x-frame-options": security.FrameOptions.FrameOption,
        "x-content-type-options": "nosniff",
        ...Object.fromEntries(custom.Items.map(({ Header, Value }) => [Header, Value])),
      };
      expect(served).toEqual(portalHeaders(["https://issuer.example.com", "https://auth.example.com"]));
      expect(config().DefaultCacheBehavior.ResponseHeadersPolicyId).toEqual({ Ref: "PortalHeaders" });
    });

    test.each([
      ["/portal", "/portal/index.html"],
      ["/portal/", "/portal/index.html"],
      ["/portal/config.json", "/portal/config.json"],
      ["/portal/assets/main-1.js", "/portal/assets/main-1.js"],
    ])("serves %s as the file %s, and / leads to it", (uri, file) => {
      const { FunctionCode } = z
        .object({ FunctionCode: z.string() })
        .parse(only(packaged.byDefault, "AWS::CloudFront::Function"));
      const run = (path: string): unknown =>
        runInNewContext(`${FunctionCode}; handler({ request: { uri: path } })`, { path });
      expect(run(uri)).toEqual({ uri: file });
      expect(run("/")).toMatchObject({ statusCode: 302, headers: { location: { value: "/portal/" } } });
    });

    test("can be read only by this distribution", () => {
      const policies = JSON.stringify(packaged.byDefault.Resources["PortalBucketPolicy"]);
      expect(policies).toContain(
        '"Principal":{"Service":"cloudfront.amazonaws.com"},"Action":"s3:GetObject"',
      );
      expect(policies.match(/"Effect":"Allow"/g)).toHaveLength(2);
      expect(
        policies.match(/"aws:SourceArn":\{"Fn::Sub":"[^"]*distribution\/\$\{PortalDistribution\}"/g),
      ).toHaveLength(2);
    });

    test("gets its sign-in settings from the deployment's own parameters", () => {
      const state = (folder: string) =>
        deploymentOf(
          readFileSync(join(packaged.folder, folder, ".serverless", "serverless-state.json"), "utf8"),
        );
      expect(state("everything")).toEqual({
        region: "us-east-1",
        stack: "minutes-service-dev",
        config: {
          issuer: EVERY_PARAMETER["jwtIssuer"],
          client_id: "report-page",
          scope: "openid api://minutes/reports.read",
          parameters: { audience: "minutes-service" },
        },
      });
      expect(state("default").config).toMatchObject({ scope: "openid", parameters: {} });
    });
  });
