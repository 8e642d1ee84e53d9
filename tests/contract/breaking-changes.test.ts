import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import * as z from "zod";
import { changesBetween } from "../../contract/oasdiff.ts";
import { objectionTo } from "../../contract/publication.ts";
import { PublicationRefused, publish } from "../../contract/publish.ts";
import { both, type DocumentChange, isNamed, list, replaced, without } from "./document-changes.ts";
import { DOCUMENT } from "./schemathesis.ts";

const PUBLISHED: unknown = JSON.parse(await readFile(DOCUMENT, "utf8"));
const { version } = z.object({ info: z.object({ version: z.string() }) }).parse(PUBLISHED).info;
const [major = 0, minor = 0] = version.split(".").map(Number);
const NEXT_MAJOR = `${major + 1}.0.0`;
const NEXT_MINOR = `${major}.${minor + 1}.0`;

const REPORT = ["paths", "/v1/reports/minutes-by-organization"];
const GET = [...REPORT, "get"];
const BODY = ["components", "schemas", "ReportRequest"];
const AGENT = ["components", "schemas", "Agent"];
const PROBLEM = ["components", "schemas", "Problem"];
const MONTH = ["paths", "/v1/billing/snapshots/{period}", "get"];
const optional = { in: "query", name: "time_zone", schema: { type: "string" } };

/** A change of the published document, by its effect on a client. */
type Change = readonly [name: string, change: DocumentChange];

const BREAKING: readonly Change[] = [
  ["an operation removed", without([...REPORT, "post"])],
  ["a path removed", without(["paths", "/v1/billing/snapshots"])],
  ["an operation renamed", replaced([...GET, "operationId"], () => "getReport")],
  [
    "a parameter removed",
    replaced([...MONTH, "parameters"], (all) => list(all).filter((one) => !isNamed(one, "revision"))),
  ],
  [
    "a new required parameter",
    replaced([...GET, "parameters"], (all) => [...list(all), { ...optional, required: true }]),
  ],
  ["a parameter made required", replaced([...GET, "parameters", "organization_ids", "required"], () => true)],
  [
    "a parameter's type changed",
    replaced([...GET, "parameters", "start_date", "schema", "type"], () => "integer"),
  ],
  [
    "a parameter's pattern narrowed",
    replaced([...GET, "parameters", "start_date", "schema", "pattern"], () => "^2026"),
  ],
  [
    "a longer list demanded",
    replaced([...GET, "parameters", "organization_ids", "schema", "minItems"], () => 2),
  ],
  [
    "a smaller number demanded",
    replaced([...MONTH, "parameters", "revision", "schema", "maximum"], () => 99),
  ],
  ["a body's member removed", without([...BODY, "properties", "reseller_ids"])],
  [
    "a body's member made required",
    replaced([...BODY, "required"], (names) => [...list(names), "reseller_ids"]),
  ],
  [
    "a body's member of another type",
    replaced([...BODY, "properties", "organization_ids"], () => ({ type: "string" })),
  ],
  [
    "a request's media type removed",
    without([...REPORT, "post", "requestBody", "content", "application/json"]),
  ],
  ["a scope demanded", replaced(["security"], () => [{ token: ["reports"] }])],
  ["a status removed", without([...GET, "responses", "504"])],
  ["an answer's media type removed", without([...GET, "responses", "200", "content", "text/csv"])],
  ["an answer's header removed", without([...MONTH, "responses", "200", "headers", "etag"])],
  ["an answer's member removed", both(without([...AGENT, "properties", "agent_name"]), agentNameNotRequired)],
  ["an answer's member made optional", agentNameNotRequired],
  [
    "an answer's member of another type",
    replaced([...AGENT, "properties", "voice_minutes", "type"], () => "string"),
  ],
  [
    "a value added to an answer's",
    replaced([...PROBLEM, "properties", "type", "enum"], (all) => [...list(all), "/problems/new"]),
  ],
  ["a schema renamed", both(renamedPeriod, without(["components", "schemas", "Period"]))],
];

const COMPATIBLE: readonly Change[] = [
  ["a new optional parameter", replaced([...GET, "parameters"], (all) => [...list(all), optional])],
  ["a shorter list allowed", without([...GET, "parameters", "organization_ids", "schema", "minItems"])],
  [
    "a new optional member of a body",
    replaced([...BODY, "properties", "time_zone"], () => ({ type: "string" })),
  ],
  ["a new member of an answer", replaced([...AGENT, "properties", "calls"], () => ({ type: "integer" }))],
  ["a new status", replaced([...GET, "responses", "410"], () => ({ description: "Gone." }))],
  [
    "a new operation",
    replaced([...REPORT, "put"], () => ({ operationId: "new", responses: { 204: { description: "" } } })),
  ],
];

const UNSEEN: readonly Change[] = [
  ["another guide", replaced(["info", "description"], () => "Other words.")],
  ["other examples", without([...GET, "responses", "200", "content", "application/json", "examples"])],
  ["other snippets", without([...GET, "x-codeSamples"])],
  ["another summary", replaced([...GET, "summary"], () => "Other words.")],
  ["a newer version alone", replaced(["info", "version"], () => NEXT_MINOR)],
];

describe("refuses these changes until the version's first number is raised:", () => {
  test.for(BREAKING)("%s", async ([, change]) => {
    const changes = await changesBetween(PUBLISHED, change(PUBLISHED));
    expect(objectionTo(changes, version, version)).toContain("would break clients");
    expect(objectionTo(changes, version, NEXT_MINOR)).toContain("would break clients");
    expect(objectionTo(changes, version, NEXT_MAJOR)).toBeUndefined();
  });
});

describe("accepts these changes with a greater version:", () => {
  test.for(COMPATIBLE)("%s", async ([, change]) => {
    const changes = await changesBetween(PUBLISHED, change(PUBLISHED));
    expect(objectionTo(changes, version, version)).toContain("are new to clients");
    expect(objectionTo(changes, version, NEXT_MINOR)).toBeUndefined();
  });
});

describe("accepts these changes with the same version, because no client sees them:", () => {
  test.for(UNSEEN)("%s", async ([, change]) => {
    expect(await changesBetween(PUBLISHED, change(PUBLISHED))).toEqual([]);
  });
});

describe("npm run openapi", () => {
  const removed = without(["paths", "/v1/billing/snapshots"])(PUBLISHED);

  test("writes nothing over a contract that its document would break, and lists why", async () => {
    await using file = await published();
    const before = await readFile(file.path, "utf8");
    const refused = publish(file.path, removed);
    await expect(refused).rejects.toThrow(PublicationRefused);
    await expect(refused).rejects.toThrow(/GET \/v1\/billing\/snapshots: .*removed/);
    expect(await readFile(file.path, "utf8")).toBe(before);
  });

  test("writes it after the version is raised", async () => {
    await using file = await published();
    const meant = replaced(["info", "version"], () => NEXT_MAJOR)(removed);
    await publish(file.path, meant);
    expect(JSON.parse(await readFile(file.path, "utf8"))).toEqual(meant);
  });

  test("writes the first contract as it is", async () => {
    await using file = await published();
    await rm(file.path);
    await publish(file.path, removed);
    expect(JSON.parse(await readFile(file.path, "utf8"))).toEqual(removed);
  });
});

/** The published contract in a folder of its own. */
async function published(): Promise<AsyncDisposable & { readonly path: string }> {
  const directory = await mkdtemp(join(tmpdir(), "contract-"));
  const path = join(directory, "openapi.json");
  await writeFile(path, JSON.stringify(PUBLISHED));
  return { path, [Symbol.asyncDispose]: () => rm(directory, { recursive: true }) };
}

function agentNameNotRequired(document: unknown): unknown {
  return replaced([...AGENT, "required"], (names) => list(names).filter((name) => name !== "agent_name"))(
    document,
  );
}

/** The same contract with another name for the schema `Period`. */
function renamedPeriod(document: unknown): unknown {
  const text = JSON.stringify(document).replaceAll(
    "#/components/schemas/Period",
    "#/components/schemas/Range",
  );
  const { components } = z
    .object({ components: z.object({ schemas: z.object({ Period: z.unknown() }) }) })
    .parse(document);
  return replaced(["components", "schemas", "Range"], () => components.schemas.Period)(JSON.parse(text));
}
