import { describe, expect, test } from "vitest";
import * as z from "zod";
import { EVERY_PARAMETER, type Template } from "../../infra/package-template.ts";
import { ROUTES } from "../../infra/routes.ts";
import { all, only, type Packaged } from "./packaged.ts";
import { statementsOf } from "./statements.ts";

function routesOf(template: Template) {
  return Object.values(all(template, "AWS::ApiGatewayV2::Route"));
}

/** The documentation is for everyone. */
function isPublic({ RouteKey }: Record<string, unknown>): boolean {
  return / \/(openapi\.json|llms\.txt|docs|docs\/\{file\})$/.test(String(RouteKey));
}

/** What holds for the gateway, whatever is deployed. */
export const describeApi = (packaged: Packaged) =>
  describe("the API", () => {
    test("the JWT authorizer stands on every route but the documentation's, with and without CORS", () => {
      for (const template of [packaged.byDefault, packaged.everything]) {
        const routes = routesOf(template);
        expect(routes.filter(isPublic).length).toBeGreaterThan(2);
        for (const route of routes.filter(isPublic))
          expect(route).not.toHaveProperty("AuthorizationType", "JWT");
        for (const route of routes.filter((each) => !isPublic(each))) {
          expect(route).toMatchObject({
            AuthorizationType: "JWT",
            AuthorizerId: { Ref: "HttpApiAuthorizerJwt" },
          });
        }
      }
    });

    test("the public routes reach the function that has no right but to its log, and no other", () => {
      for (const template of [packaged.byDefault, packaged.everything]) {
        for (const route of routesOf(template)) {
          const isDocumentation = JSON.stringify(route["Target"]).includes(
            '"HttpApiIntegrationDocumentation"',
          );
          expect(isDocumentation).toBe(isPublic(route));
        }
      }
      expect(statementsOf(packaged.everything, "DocumentationRole").flatMap(({ Action }) => Action)).toEqual([
        "logs:CreateLogStream",
        "logs:PutLogEvents",
      ]);
    });

    test("the authorizer trusts the given issuer and audience alone", () => {
      expect(only(packaged.everything, "AWS::ApiGatewayV2::Authorizer")).toMatchObject({
        AuthorizerType: "JWT",
        IdentitySource: ["$request.header.Authorization"],
        JwtConfiguration: { Issuer: EVERY_PARAMETER["jwtIssuer"], Audience: ["minutes-service"] },
      });
    });

    test("a required scope stands on every route but the documentation's", () => {
      for (const route of routesOf(packaged.everything).filter((each) => !isPublic(each))) {
        expect(route["AuthorizationScopes"]).toEqual(["reports/read"]);
      }
    });

    test("a path's single route takes any method, so that the service itself answers 405", () => {
      const routes = Object.values(all(packaged.byDefault, "AWS::ApiGatewayV2::Route"));
      expect(routes.map(({ RouteKey }) => String(RouteKey)).toSorted()).toEqual(
        ROUTES.map(({ path }) => `ANY ${path}`).toSorted(),
      );
    });

    test("where browsers may call, every path that takes a token has the same methods, and none catches a preflight", () => {
      const routes = routesOf(packaged.everything).filter((route) => !isPublic(route));
      const paths = ROUTES.filter(({ access }) => access === "token").map(({ path }) => path);
      const keys = ["DELETE", "GET", "HEAD", "PATCH", "POST", "PUT"].flatMap((method) =>
        paths.map((path) => `${method} ${path}`),
      );
      expect(new Set(routes.map(({ RouteKey }) => RouteKey))).toEqual(new Set(keys));
    });

    test("CORS is off unless origins are given", () => {
      expect(only(packaged.byDefault, "AWS::ApiGatewayV2::Api")).not.toHaveProperty("CorsConfiguration");
      expect(only(packaged.everything, "AWS::ApiGatewayV2::Api")).toMatchObject({
        CorsConfiguration: {
          AllowOrigins: ["https://portal.example.com", "https://portal.example.org"],
          AllowMethods: ["GET", "POST"],
          AllowHeaders: ["authorization", "content-type", "accept", "if-none-match"],
          ExposeHeaders: ["x-request-id", "retry-after", "content-disposition", "etag"],
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
