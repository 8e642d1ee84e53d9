import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import * as z from "zod";
import { FUNCTIONS } from "../../infra/functions.ts";
import { EVERY_PARAMETER, type Template } from "../../infra/package-template.ts";
import { all, named, type Packaged } from "./packaged.ts";
import { asGiven } from "./statements.ts";
import { REPORT } from "./written-metrics.ts";
import { zipEntries } from "./zip-entries.ts";

const ROOT = join(import.meta.dirname, "../..");
const lambda = "AWS::Lambda::Function";
const configured = z.object({
  Environment: z.object({ Variables: z.record(z.string(), z.unknown()) }).default({ Variables: {} }),
});

/** A function's properties by the name of its folder, which is part of its handler. */
function functionsOf(template: Template): Map<string, Record<string, unknown>> {
  const functions = Object.values(all(template, lambda));
  return new Map(functions.map((each) => [String(each["Handler"]).split("/").at(-2) ?? "", each]));
}

/** A function's variables, as it gets them. */
function variablesOf(properties: unknown): Record<string, string> {
  const { Variables } = configured.parse(properties).Environment;
  return Object.fromEntries(Object.entries(Variables).map(([name, value]) => [name, asGiven(value)]));
}

/** `GRACE_DAYS` as `graceDays`. */
function parameterOf(variable: string): string {
  return variable.toLowerCase().replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());
}

/** Tests of each function. */
export const describeEveryFunction = (packaged: Packaged) =>
  describe("every function", () => {
    test("is deployed under its folder's name, and every folder is deployed", () => {
      const folders = readdirSync(join(ROOT, "functions"));
      expect([...functionsOf(packaged.byDefault).keys()].toSorted()).toEqual(folders.toSorted());
      for (const [folder, { FunctionName, Handler }] of functionsOf(packaged.byDefault)) {
        expect(Handler).toBe(`dist/functions/${folder}/index.handler`);
        expect(FunctionName).toBe(`minutes-service-dev-${folder}`);
      }
    });

    test("has a role of its own, its memory and its time, and writes log lines that nothing wraps", () => {
      const settings = new Map(Object.entries(FUNCTIONS));
      for (const [folder, properties] of functionsOf(packaged.byDefault)) {
        const name = folder.replace(/(?:^|-)(\w)/g, (_, letter: string) => letter.toUpperCase());
        expect(properties).toMatchObject({
          Role: { "Fn::GetAtt": [`${name}Role`, "Arn"] },
          LoggingConfig: { LogFormat: "JSON" },
          Architectures: ["arm64"],
          Runtime: "nodejs24.x",
          MemorySize: settings.get(folder)?.memorySize,
          Timeout: settings.get(folder)?.timeout,
        });
      }
    });

    test("is packaged as only its bundle and the licences of its packages", () => {
      for (const folder of functionsOf(packaged.byDefault).keys()) {
        expect([...zipEntries(join(packaged.folder, `default/.serverless/${folder}.zip`)).keys()]).toEqual([
          `dist/functions/${folder}/index.mjs`,
          `dist/functions/${folder}/third-party-notices.txt`,
        ]);
      }
    });

    test("ends before the gateway's timeout", () => {
      for (const { IntegrationUri, TimeoutInMillis } of Object.values(
        all(packaged.byDefault, "AWS::ApiGatewayV2::Integration"),
      )) {
        const { "Fn::GetAtt": target } = z
          .object({ "Fn::GetAtt": z.array(z.string()) })
          .parse(IntegrationUri);
        const { Timeout } = named(packaged.byDefault, lambda, target[0] ?? "");
        expect(Number(Timeout) * 1000).toBeLessThan(Number(TimeoutInMillis));
      }
    });

    test("gets no variable that its code does not read", () => {
      for (const [folder, properties] of functionsOf(packaged.everything)) {
        const code = readFileSync(join(ROOT, `dist/functions/${folder}/index.mjs`), "utf8");
        for (const name of Object.keys(variablesOf(properties))) expect(code, folder).toContain(name);
      }
    });

    test("gets a parameter's value in the variable of that name, and the same value as the other functions", () => {
      const given = [...functionsOf(packaged.everything).values()].flatMap((each) =>
        Object.entries(variablesOf(each)),
      );
      const parameters = given.filter(([name]) => Object.hasOwn(EVERY_PARAMETER, parameterOf(name)));
      expect(new Set(parameters.map(([name]) => name)).size).toBeGreaterThan(7);
      for (const [name, value] of parameters)
        expect([name, value]).toEqual([name, EVERY_PARAMETER[parameterOf(name)]]);
      for (const [name, values] of Object.entries(Object.groupBy(given, ([variable]) => variable))) {
        if (name === "ATHENA_WORKGROUP") continue;
        expect(new Set(values?.map(([, value]) => value)).size, name).toBe(1);
      }
    });

    test("shares the account's instances, except the reports: 100 of their own, or the given number", () => {
      const reserved = (template: Template) =>
        Object.entries(all(template, lambda)).flatMap(([id, { ReservedConcurrentExecutions: instances }]) =>
          instances === undefined ? [] : [[id, instances]],
        );
      expect(reserved(packaged.byDefault)).toEqual([[REPORT, 100]]);
      expect(reserved(packaged.everything)).toEqual([[REPORT, 50]]);
    });
  });
