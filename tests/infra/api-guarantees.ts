import { describe, expect, test } from "vitest";
import * as z from "zod";
import { EVERY_PARAMETER } from "../../infra/package-template.ts";
import { all, only, type Packaged } from "./packaged.ts";

/** What holds for the gateway, whatever is deployed. */
export const describeApi = (packaged: Packaged) =>
  describe("the API", () => {
    test("the JWT authorizer stands on every route, with and without CORS", () => {
      for (const template of [packaged.byDefault, packaged.everything]) {
        for (const route of Object.values(all(template, "AWS::ApiGatewayV2::Route"))) {
          expect(route).toMatchObject({
            AuthorizationType: "JWT",
            AuthorizerId: { Ref: "HttpApiAuthorizerJwt" },
          });
        }
      }
    });

    test("the authorizer trusts the given issuer and audience alone", () => {
      expect(only(packaged.everything, "AWS::ApiGatewayV2::Authorizer")).toMatchObject({
        AuthorizerType: "JWT",
        IdentitySource: ["$request.header.Authorization"],
        JwtConfiguration: { Issuer: EVERY_PARAMETER["jwtIssuer"], Audience: ["minutes-service"] },
      });
    });

    test("a required scope stands on every route", () => {
      for (const route of Object.values(all(packaged.everything, "AWS::ApiGatewayV2::Route"))) {
        expect(route["AuthorizationScopes"]).toEqual(["reports/read"]);
      }
    });

    test("a single route takes any method, so that the service itself answers 405", () => {
      const { RouteKey } = only(packaged.byDefault, "AWS::ApiGatewayV2::Route");
      expect(RouteKey).toBe("ANY /v1/reports/minutes-by-organization");
    });

    test("CORS is off unless origins are given", () => {
      expect(only(packaged.byDefault, "AWS::ApiGatewayV2::Api")).not.toHaveProperty("CorsConfiguration");
      expect(only(packaged.everything, "AWS::ApiGatewayV2::Api")).toMatchObject({
        CorsConfiguration: {
          AllowOrigins: ["https://portal.example.com", "https://portal.example.org"],
          AllowMethods: ["GET", "POST"],
        },
      });
    });

    test("requests are throttled, and logged as one JSON object a line", () => {
      const stage = z.object({
        DefaultRouteSettings: z.object({ ThrottlingRateLimit: z.number(), ThrottlingBurstLimit: z.number() }),
        AccessLogSettings: z.object({ Format: z.string() }),
      });
      const { AccessLogSettings } = stage.parse(only(packaged.byDefault, "AWS::ApiGatewayV2::Stage"));
      expect(AccessLogSettings.Format).not.toContain("\n");
      expect(JSON.parse(AccessLogSettings.Format)).toMatchObject({
        request_id: "$context.requestId",
        status: "$context.status",
        latency_ms: "$context.responseLatency",
      });
    });

    test("the access log holds neither claims nor the query string nor addresses", () => {
      const format = JSON.stringify(only(packaged.byDefault, "AWS::ApiGatewayV2::Stage"));
      expect(format).not.toMatch(/claims|queryString|\$context\.path|identity|\$request/i);
    });
  });
