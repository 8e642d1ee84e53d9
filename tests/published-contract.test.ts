import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { createConfig, lintFromString } from "@redocly/openapi-core";
import { describe, expect, test } from "vitest";
import * as z from "zod";
import { openApiDocument } from "../contract/document.ts";
import { withGuide } from "../infra/documentation/guide.ts";
import { PROBLEMS } from "../lib/errors.ts";
import { type Answered, judge, publishedDocument } from "./published-contract.ts";

const ROOT = join(import.meta.dirname, "..");

const AGENT = {
  agent_id: "c4a0c4a0-0000-4000-8000-000000000000",
  agent_name: "Front desk",
  voice_minutes: 1.5,
};
const ORGANIZATION = {
  organization_id: "0b9c0b9c-0000-4000-8000-000000000000",
  organization_name: "Acme Dental",
  reseller_id: "51f251f2-0000-4000-8000-000000000000",
  reseller_name: "Northwind Voice",
  total_voice_minutes: 1.5,
  agent_count: 1,
  agents: [AGENT],
};
const REPORT = { data: [ORGANIZATION], period: { start_date: "2026-04-01", end_date: "2026-04-30" } };

function answered({
  json = REPORT,
  headers = {},
  ...rest
}: Partial<Omit<Answered, "headers">> & { json?: unknown; headers?: Record<string, string> } = {}): Answered {
  return {
    method: "GET",
    path: "/v1/reports/minutes-by-organization",
    status: 200,
    headers: new Headers({ "content-type": "application/json", "x-request-id": "1", ...headers }),
    body: JSON.stringify(json),
    ...rest,
  };
}

/** The report with its one agent changed. */
function withAgent(changes: object) {
  return { json: { ...REPORT, data: [{ ...ORGANIZATION, agents: [{ ...AGENT, ...changes }] }] } };
}

describe("whether an answer matches the published contract", () => {
  const faultsOf = judge();

  test("accepts a report", () => {
    expect(faultsOf(answered())).toEqual([]);
    expect(faultsOf(answered({ path: "/v1/nowhere", status: 404 }))).toEqual([]);
    expect(faultsOf(answered({ method: "PUT", status: 405 }))).toEqual([]);
  });

  test.each([
    ["a member that it does not name", withAgent({ secret: 1 })],
    ["a figure as text", withAgent({ voice_minutes: "1.5" })],
    ["a negative figure", withAgent({ voice_minutes: -1 })],
    ["an id that is not a UUID", withAgent({ agent_id: "7" })],
    ["a member left out", withAgent({ agent_name: undefined })],
    ["a status that it does not name", { status: 418 }],
    [
      "an error without its body's form",
      { status: 400, headers: { "content-type": "application/problem+json" } },
    ],
    ["a media type that it does not name", { headers: { "content-type": "application/xml" } }],
    ["a header that it does not name", { headers: { "x-powered-by": "y" } }],
    ["a body of a 304", { path: "/v1/billing/snapshots", status: 304 }],
    ["a page at an unknown path", { path: "/v1/nowhere" }],
    ["an answer to an unknown method", { method: "PUT" }],
  ])("refuses %s", (_, changes) => {
    expect(faultsOf(answered(changes))).not.toEqual([]);
  });
});

describe("the published contract", () => {
  test("has no finding by redocly's strictest rules, which do find mistakes", async () => {
    const config = await createConfig({ extends: ["recommended-strict"] });
    const lint = (document: object) =>
      lintFromString({ source: JSON.stringify(document), absoluteRef: "/openapi.json", config });
    expect(await lint(Object(publishedDocument()))).toEqual([]);
    expect(await lint({ ...Object(publishedDocument()), security: [{ nobody: [] }] })).not.toEqual([]);
  });

  test("states the width of every number of an answer, so that no generated client loses bits", () => {
    const schemas = numberSchemas(openApiDocument([]).components);
    expect(schemas.length).toBeGreaterThan(10);
    for (const schema of schemas) {
      const { type, format } = z.object({ type: z.string(), format: z.string().optional() }).parse(schema);
      expect(type === "number" ? ["double"] : ["int32", "int64"], JSON.stringify(schema)).toContain(format);
    }
  });

  test("requires a token for every operation", () => {
    const { security, paths } = openApiDocument([]);
    expect(security).toEqual([{ token: [] }]);
    for (const operations of Object.values(paths ?? {})) {
      for (const operation of Object.values(operations)) expect(operation).not.toHaveProperty("security");
    }
  });

  test("explains every code of a problem and of a request's error", () => {
    const sources = globSync("{lib,functions}/**/*.ts", { cwd: ROOT }).map((file) =>
      readFileSync(join(ROOT, file), "utf8"),
    );
    const codes = sources.flatMap((source) =>
      [...source.matchAll(/ code: "([a-z_]+)", message/g)].map(([, code = ""]) => code),
    );
    expect(new Set(codes).size).toBeGreaterThan(15);
    const { info, paths, components } = withGuide(openApiDocument([]));
    for (const code of new Set(codes)) expect(info.description).toContain(`\`${code}\``);

    const said = JSON.stringify([paths, components?.responses]);
    const unsaid = Object.keys(PROBLEMS).filter((code) => !said.includes(`\`${code}\`:`));
    // An operation is an existing method.
    expect(unsaid).toEqual(["method_not_allowed"]);
  });
});

/** Every schema of a number in the document. */
function numberSchemas(value: unknown): object[] {
  if (typeof value !== "object" || value === null) return [];
  const here = "type" in value && (value.type === "number" || value.type === "integer") ? [value] : [];
  return [...here, ...Object.values(value).flatMap(numberSchemas)];
}
