import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { deploymentOf } from "../../infra/deploy.ts";
import type { Template } from "../../infra/package-template.ts";
import type { Packaged } from "./packaged.ts";

/** Types whose names are unique in an account, not in a region. */
const GLOBAL = /^AWS::(CloudFront|IAM|Route53)::|^AWS::CloudWatch::Dashboard$/;

/** The names that a template gives to resources of global types, as `<logical id> <name>`. */
function globalNames({ Resources }: Template): string[] {
  return Object.entries(Resources).flatMap(([id, { Type, Properties }]) =>
    GLOBAL.test(Type) ? namesIn(Properties).map((name) => `${id} ${name}`) : [],
  );
}

/** The values of the members `Name`, `RoleName`, `DashboardName` and so on, at the top or in a configuration. */
function namesIn(properties: object): string[] {
  return Object.entries(properties).flatMap(([key, value]) => {
    if (/^(Role|User|Group|Policy|ManagedPolicy|Dashboard)?Name$/.test(key)) return [JSON.stringify(value)];
    const isConfiguration = /^[A-Za-z]+Config$/.test(key) && typeof value === "object" && value !== null;
    return isConfiguration ? namesIn(value) : [];
  });
}

/** Tests of several stages and regions in one account. */
export const describeStages = (packaged: Packaged) =>
  describe("a stage", () => {
    test("is the one that --stage names, also in the state file that the page's upload reads", () => {
      const state = readFileSync(
        join(packaged.folder, "elsewhere/.serverless/serverless-state.json"),
        "utf8",
      );
      expect(deploymentOf(state)).toMatchObject({ region: "eu-central-1", stack: "minutes-service-prod" });
    });

    test("can be deployed to a second region: the names of global resources contain the region", () => {
      const names = globalNames(packaged.elsewhere);
      expect(names.length).toBeGreaterThanOrEqual(4);
      const withoutRegion = names.filter((name) => !/eu-central-1|\$\{AWS::Region\}/.test(name));
      expect(withoutRegion).toEqual([]);
    });
  });
