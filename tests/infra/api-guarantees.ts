import { describe, expect, test } from "vitest";
import * as z from "zod";
import { EVERY_PARAMETER, type Template } from "../../infra/package-template.ts";
import { ROUTES } from "../../infra/routes.ts";
import { all, only, type Packaged } from "./packaged.ts";
import { statementsOf } from "./statements.ts";

function routesOf(template: Template) {
  return Object.values(all(template, "AWS::ApiGatewayV2::Route"));
}

/** The documentation is public. */
function isPublic({ RouteKey }: Record<string, unknown>): boolean {
  return / \/(openapi\.json|llms\.txt|docs|docs\/\{file\})$/.test(String(RouteKey));
}

/** Tests of the gateway for every deployment. */
export const describeApi = (packaged: Packaged) =>
  describe("the API", () => {
    test("has the JWT authorizer on every route but the documentation's, with and without CORS", () => {
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

    test("has public routes only to the function that may do nothing but write its log", () => {
      for (const template of [packaged.byDefault, packaged.everything]) {
        for (const route of routesOf(template)) {
          const isDocumentation = JSON.stringify(route["Target"]).includes(
            '"HttpApiIntegrationDocumentation"',
          );
          expect(isDocumentation).toBe(isPublic(route));
        }
      }
      expect(statementsOf(packaged.everything, "DocumentationRole").map(({ Sid }) => Sid)).toEqual([
        "OwnLog",
      ]);
    });

    test("trusts only the given issuer and audience", () => {
      expect(only(packaged.everything, "AWS::ApiGatewayV2::Authorizer")).toMatchObject({
        AuthorizerType: "JWT",
        IdentitySource: ["$request.header.Authorization"],
        JwtConfiguration: { Issuer: EVERY_PARAMETER["jwtIssuer"], Audience: ["minutes-service"] },
      });
    });

    test("requires the given scope on every route but the documentation's", () => {
      for (const route of routesOf(packaged.everything).filter((each) => !isPublic(each))) {
        expect(route["AuthorizationScopes"]).toEqual(["reports/read"]);
      }
    });

    test("has one route for each path and any method, so that the service itself answers 405", () => {
      const routes = Object.values(all(packaged.byDefault, "AWS::ApiGatewayV2::Route"));
      expect(routes.map(({ RouteKey }) => String(RouteKey)).toSorted()).toEqual(
        ROUTES.map(({ path }) => `ANY ${path}`).toSorted(),
      );
    });

    test("has the same methods on every path with a token if browsers may call, and no route for the preflight", () => {
      const routes = routesOf(packaged.everything).filter((route) => !isPublic(route));
      const paths = ROUTES.filter(({ access }) => access === "token").map(({ path }) => path);
      const keys = ["DELETE", "GET", "HEAD", "PATCH", "POST", "PUT"].flatMap((method) =>
        paths.map((path) => `${method} ${path}`),
      );
      expect(new Set(routes.map(({ RouteKey }) => RouteKey))).toEqual(new Set(keys));
    });

    test("has no CORS unless origins are given", () => {
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

    test("throttles requests, and logs each as one JSON object", () => {
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

    test("each public route has a throttle of its own, smaller than the callers', and exists before it has", () => {
      const stage = z.object({
        DefaultRouteSettings: z.object({ ThrottlingRateLimit: z.number() }),
        RouteSettings: z.record(z.string(), z.object({ ThrottlingRateLimit: z.number() })),
      });
      for (const template of [packaged.byDefault, packaged.everything]) {
        const [id, { DependsOn = [] } = {}] =
          Object.entries(template.Resources).find(([, { Type }]) => Type === "AWS::ApiGatewayV2::Stage") ??
          [];
        const { DefaultRouteSettings, RouteSettings } = stage.parse(template.Resources[id ?? ""]?.Properties);
        const routes = all(template, "AWS::ApiGatewayV2::Route");
        const open = Object.entries(routes).filter(([, route]) => isPublic(route));
        expect(Object.keys(RouteSettings).toSorted()).toEqual(
          open.map(([, { RouteKey }]) => String(RouteKey)).toSorted(),
        );
        expect(DependsOn).toEqual(expect.arrayContaining(open.map(([route]) => route)));
        for (const { ThrottlingRateLimit } of Object.values(RouteSettings)) {
          expect(ThrottlingRateLimit).toBeLessThan(DefaultRouteSettings.ThrottlingRateLimit);
        }
      }
    });

    test("logs neither claims nor query strings nor addresses", () => {
      const format = JSON.stringify(only(packaged.byDefault, "AWS::ApiGatewayV2::Stage"));
      expect(format).not.toMatch(/claims|queryString|\$context\.path|identity|\$request/i);
    });
  });
