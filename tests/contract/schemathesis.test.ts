import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeAll, describe, expect, inject, test } from "vitest";
import * as z from "zod";
import { REPORTS } from "../../lib/reports/table.ts";
import { type Case, DOCUMENT, type Run, runSchemathesis } from "./schemathesis.ts";

const { python } = inject("tools");
const { url, token, tokenWithoutResellers, malformedToken } = inject("api");

const GET_REPORT = "GET /v1/reports/minutes-by-organization";
const POST_REPORT = "POST /v1/reports/minutes-by-organization";
const LIST = "GET /v1/billing/snapshots";
const MONTH = "GET /v1/billing/snapshots/{period}";
const OF_REPORTS = REPORTS.flatMap(({ path }) => [`GET ${path}`, `POST ${path}`]);
const ADJUSTMENTS = "GET /v1/billing/snapshots/{period}/adjustments";
const OPERATIONS = [...OF_REPORTS, LIST, MONTH, ADJUSTMENTS];

/** Every check of this schemathesis. */
const CHECKS = [
  "allow_header_conformance",
  "content_type_conformance",
  "ensure_resource_availability",
  "ignored_auth",
  "max_response_time",
  "missing_required_header",
  "negative_data_rejection",
  "not_a_server_error",
  "object_level_authorization",
  "positive_data_acceptance",
  "response_headers_conformance",
  "response_schema_conformance",
  "status_code_conformance",
  "unsupported_method",
  "use_after_free",
];

/** All warnings except the one that everything was a 401 or 403, for the runs that expect it. */
const WITHOUT_AUTH_WARNING = ["--warnings", "missing_test_data,validation_mismatch,method_not_allowed"];

/** Runs schemathesis once for the tests of a `describe`, and prints its summary. */
function ran(name: string, options: readonly string[], bearer?: string): () => Run {
  let run: Run | undefined;
  beforeAll(async () => {
    run = await runSchemathesis({ python, url, options, ...(bearer !== undefined && { token: bearer }) });
    console.log(`schemathesis, ${name}\n${run.output.slice(run.output.indexOf("= SUMMARY ="))}`);
  });
  return () => {
    if (run === undefined) throw new Error("schemathesis has not run");
    return run;
  };
}

/** Counts the requests that match. */
function count(cases: readonly Case[], such: Partial<Case>): number {
  return cases.filter((made) =>
    Object.entries(such).every(([name, value]) => Reflect.get(made, name) === value),
  ).length;
}

function passes(run: () => Run): void {
  test("passes every check without a warning", () => {
    const { exitCode, output } = run();
    expect(exitCode, output).toBe(0);
  });
}

describe("a caller of every reseller", () => {
  const run = ran("authorised", ["--mode", "all", "--max-examples", "30"], token);
  passes(run);

  test("gets answers from every operation", () => {
    for (const operation of OPERATIONS) {
      expect(count(run().cases, { operation, mode: "positive", status: 200 }), operation).toBeGreaterThan(20);
    }
  });

  test("gets refusals from every operation", () => {
    const refused = run().cases.filter(({ mode, status }) => mode === "negative" && status >= 400);
    for (const { path } of REPORTS) {
      expect(count(refused, { operation: `GET ${path}`, status: 400 }), path).toBeGreaterThan(50);
      expect(count(refused, { operation: `POST ${path}`, status: 400 }), path).toBeGreaterThan(30);
      expect(count(refused, { operation: `POST ${path}`, status: 415 }), path).toBeGreaterThan(0);
    }
    expect(count(refused, { operation: MONTH, status: 400 })).toBeGreaterThan(5);
    for (const method of ["DELETE", "OPTIONS", "PATCH", "POST", "PUT", "TRACE"]) {
      expect(count(refused, { operation: LIST, method, status: 405 }), method).toBe(1);
    }
  });

  test("also sends each request without a token and with an invented one", () => {
    for (const operation of OPERATIONS) {
      const own = run().cases.filter((made) => made.operation === operation && made.checks.length === 0);
      expect(own.length, operation).toBeGreaterThanOrEqual(2);
      expect(new Set(own.map(({ status }) => status))).toEqual(new Set([401]));
    }
  });

  test("gets what it asks for, as CSV too", () => {
    const csv = run().cases.filter(({ contentType }) => contentType.startsWith("text/csv"));
    for (const operation of [...OF_REPORTS, MONTH]) {
      expect(count(csv, { operation, status: 200 }), operation).toBeGreaterThan(0);
    }
    const withFigures = run().cases.filter(({ body }) => body.includes('"voice_minutes"'));
    for (const operation of [GET_REPORT, POST_REPORT, MONTH]) {
      expect(count(withFigures, { operation }), operation).toBeGreaterThan(5);
    }
  });

  test("is checked by every available check", () => {
    expect([...new Set(run().cases.flatMap(({ checks }) => checks))].toSorted()).toEqual(CHECKS);
  });
});

describe("a caller with only invalid requests", () => {
  const run = ran(
    "authorised, wrong",
    ["--mode", "negative", "--phases", "fuzzing", "--max-examples", "60"],
    token,
  );
  passes(run);

  test("gets an error for each of them", () => {
    const wrong = run().cases.filter(({ mode }) => mode === "negative");
    for (const operation of OF_REPORTS) {
      expect(count(wrong, { operation, status: 400 }), operation).toBeGreaterThan(40);
    }
    expect(count(wrong, { operation: MONTH, status: 400 })).toBeGreaterThan(10);
  });
});

describe("a caller without resellers", () => {
  const run = ran("without resellers", ["--mode", "all", "--max-examples", "10"], tokenWithoutResellers);
  passes(run);

  test("gets answers and sees no data", () => {
    const answers = run().cases.filter(
      ({ status, operation }) => status === 200 && OPERATIONS.includes(operation),
    );
    for (const operation of OPERATIONS) expect(count(answers, { operation }), operation).toBeGreaterThan(5);
    const json = answers.filter(({ contentType }) => contentType === "application/json");
    for (const { body } of json) expect(figuresIn(dataOf(body))).toEqual([]);
    const csv = answers.filter(({ contentType }) => contentType.startsWith("text/csv"));
    const lines = csv.flatMap(({ body }) => body.trim().split("\r\n").slice(1));
    for (const line of lines) expect(line).toMatch(/^[0-9]{4}-[0-9]{2}-[0-9]{2}(,0)*$/);
  });
});

describe("a caller without a token", () => {
  const run = ran("without a token", ["--mode", "all", "--max-examples", "10", ...WITHOUT_AUTH_WARNING]);
  passes(run);

  test("is refused for every request", () => {
    for (const operation of OPERATIONS) {
      expect(count(run().cases, { operation, mode: "positive" }), operation).toBeGreaterThan(5);
      expect(count(run().cases, { operation, mode: "negative" }), operation).toBeGreaterThan(5);
    }
    expect(new Set(run().cases.map(({ status }) => status))).toEqual(new Set([401]));
  });
});

describe("a caller whose claim is malformed", () => {
  const run = ran(
    "malformed claim",
    ["--mode", "all", "--max-examples", "10", ...WITHOUT_AUTH_WARNING],
    malformedToken,
  );
  passes(run);

  test("is refused what other callers may ask, and gets errors for everything else", () => {
    for (const operation of OPERATIONS) {
      const allowed = run().cases.filter((made) => made.operation === operation && made.mode === "positive");
      expect(allowed.length, operation).toBeGreaterThan(5);
      expect(new Set(allowed.map(({ status }) => status)), operation).toEqual(new Set([403]));
    }
    expect(run().cases.filter(({ status }) => status < 400)).toEqual([]);
  });
});

describe("an API that violates its document", () => {
  const options = ["--mode", "positive", "--phases", "examples"];

  test("fails the run with an answer outside the schema", async () => {
    const directory = await mkdtemp(join(tmpdir(), "contract-"));
    const document = join(directory, "openapi.json");
    const text = await readFile(DOCUMENT, "utf8");
    await writeFile(document, text.replaceAll('"agent_count"', '"number_of_agents"'));
    const { exitCode, output } = await runSchemathesis({ python, url, token, document, options });
    await rm(directory, { recursive: true });
    expect(exitCode).toBe(1);
    expect(output).toContain('"number_of_agents" is a required property');
  });

  test("fails the run with a 5xx", async () => {
    await using server = createServer((_, response) => {
      response
        .writeHead(500, { "content-type": "application/json" })
        .end('{"message":"Internal Server Error"}');
    });
    await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
    const { port } = z.object({ port: z.int() }).parse(server.address());
    const broken = `http://127.0.0.1:${port}`;
    const { exitCode, output } = await runSchemathesis({ python, url: broken, token, options });
    expect(exitCode).toBe(1);
    expect(output).toContain("Server error");
  });
});

function dataOf(body: string): unknown {
  return z.object({ data: z.unknown() }).parse(JSON.parse(body)).data;
}

/** Every number but 0 in the entries: a day without calls has none. */
function figuresIn(data: unknown): string[] {
  return JSON.stringify(data).match(/(?<=:)(?!0[,}])[0-9.]+/g) ?? [];
}
