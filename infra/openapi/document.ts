/** The published contract: OpenAPI 3.1 out of the schemas that the service checks requests with. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { createDocument, type ZodOpenApiOperationObject, type ZodOpenApiResponseObject } from "zod-openapi";
import type { ProblemCode } from "../../lib/errors.ts";
import type { Report } from "../../lib/reports/report.ts";
import { REPORTS } from "../../lib/reports/table.ts";
import { MonthAdjustments, Snapshot, SnapshotList } from "./answers.ts";
import { Bill, BillList, billPath } from "./bills.ts";
import { monthPath, monthQuery, reportBody, reportQuery, tagHeader } from "./parameters.ts";
import { type Examples, errors, NOT_MODIFIED, success } from "./responses.ts";

const DOCS = join(import.meta.dirname, "..", "..", "docs");

/**
 * The contract's version (semver): a change that could break a client raises the first number, any other the second.
 * https://semver.org
 */
const VERSION = "3.1.0";

/** Every operation of the contract. */
export const OPERATIONS: readonly string[] = [
  ...REPORTS.flatMap((report) => Object.values(operationIds(report))),
  "listBillingSnapshots",
  "getBillingSnapshot",
  "getBillingAdjustments",
  "listBills",
  "getBill",
];

/** The two operations of a report. */
export function operationIds(report: Report): { readonly get: string; readonly post: string } {
  const { operation } = report.documentation();
  return { get: `get${operation}`, post: `post${operation}` };
}

/** A recorded answer, and where in the document it belongs. */
export interface Example {
  readonly operationId: string;
  readonly status: number;
  readonly mediaType: string;
  readonly name: string;
  readonly summary: string;
  readonly value: unknown;
}

/** What every route may answer with. */
const ALWAYS: readonly ProblemCode[] = [
  "unauthenticated",
  "malformed_claim",
  "unknown_account",
  "not_acceptable",
  "result_too_large",
  "internal_error",
  // The answer of a status is one component, so each names what only the others give.
  "snapshot_damaged",
  "too_many_queries",
  "engine_unavailable",
];
const REPORT: readonly ProblemCode[] = [...ALWAYS, "invalid_request", "range_too_large", "engine_timeout"];

/**
 * Makes the document that is committed, with recorded answers as its examples. The build adds the guide to it
 * (`withGuide`), so that a change of the guide is reviewed in docs/guide.md alone.
 */
export function openApiDocument(examples: readonly Example[]) {
  const shared = new Map<number, ZodOpenApiResponseObject>();
  const operation = (
    operationId: string,
    codes: readonly ProblemCode[],
    said: Pick<
      ZodOpenApiOperationObject,
      "summary" | "description" | "tags" | "requestParams" | "requestBody"
    >,
    answers: (
      examplesOf: (status: number, mediaType: string) => Examples,
    ) => ZodOpenApiOperationObject["responses"],
  ): ZodOpenApiOperationObject => {
    const examplesOf = (status: number, mediaType: string) =>
      examplesAt(examples, operationId, status, mediaType);
    return {
      operationId,
      ...said,
      "x-codeSamples": codeSamples(operationId),
      responses: { ...answers(examplesOf), ...errors(codes, examplesOf, shared) },
    };
  };
  const reportPath = (report: Report) => {
    const { summary, description, answer, schema, example } = report.documentation();
    const ids = operationIds(report);
    const answers = (examplesOf: (status: number, mediaType: string) => Examples) => ({
      200: success(answer, schema, examplesOf, { csv: true }),
    });
    return {
      get: operation(
        ids.get,
        REPORT,
        { tags: ["Report"], summary, description, requestParams: { query: reportQuery(report) } },
        answers,
      ),
      post: operation(
        ids.post,
        [...REPORT, "body_too_large", "unsupported_media_type"],
        {
          tags: ["Report"],
          summary: `${summary}, filters in the body`,
          description:
            "Byte for byte the answer of the `GET` that says the same, for filters longer than a URL. Everything is stated in the body, at most 256 KiB of it; a query string is an error.",
          requestBody: {
            required: true,
            content: {
              "application/json": {
                schema: reportBody(report),
                examples: { april: { summary: example.summary, value: example.request } },
              },
            },
          },
        },
        answers,
      ),
    };
  };

  return createDocument(
    {
      openapi: "3.1.0",
      info: {
        title: "Voice minutes by organization",
        version: VERSION,
        license: { name: "Proprietary", identifier: "LicenseRef-Proprietary" },
      },
      servers: [{ url: "/", description: "The API that serves this document." }],
      security: [{ token: [] }],
      tags: [
        { name: "Report", description: "Minutes of any range of days, as they are known now." },
        { name: "Billing", description: "Closed months, as they were billed." },
      ],
      paths: {
        ...Object.fromEntries(REPORTS.map((report) => [report.path, reportPath(report)])),
        "/v1/billing/snapshots": {
          get: operation(
            "listBillingSnapshots",
            [...ALWAYS, "invalid_request"],
            {
              tags: ["Billing"],
              summary: "The closed months",
              description: "Each with all its revisions, latest month first. Takes no query string.",
              requestParams: { header: tagHeader },
            },
            (examplesOf) => ({
              200: success("The closed months.", SnapshotList, examplesOf, { tagged: true }),
              304: NOT_MODIFIED,
            }),
          ),
        },
        "/v1/billing/snapshots/{period}": {
          get: operation(
            "getBillingSnapshot",
            [...ALWAYS, "invalid_request", "not_found", "month_not_closed"],
            {
              tags: ["Billing"],
              summary: "A closed month",
              description:
                "What the caller's resellers are billed from, and what has changed since the revision before. Filters narrow the rows, the adjustments and the totals alike. Asks no engine: what was closed is read, never counted again.",
              requestParams: { path: monthPath, query: monthQuery, header: tagHeader },
            },
            (examplesOf) => ({
              200: success(
                "The month as this revision has it; empty where the caller's resellers had no calls.",
                Snapshot,
                examplesOf,
                { csv: true, tagged: true },
              ),
              304: NOT_MODIFIED,
            }),
          ),
        },
        "/v1/billing/snapshots/{period}/adjustments": {
          get: operation(
            "getBillingAdjustments",
            [...ALWAYS, "invalid_request", "not_found", "month_not_closed"],
            {
              tags: ["Billing"],
              summary: "The adjustments of a closed month",
              description:
                "What a revision of a closed month has other than the revision before, with names. Takes the parameters of the month. An adjustment is invoiced by the bill that names its revision: see the bills.",
              requestParams: { path: monthPath, query: monthQuery, header: tagHeader },
            },
            (examplesOf) => ({
              200: success(
                "The adjustments of this revision; none in revision 1.",
                MonthAdjustments,
                examplesOf,
                { csv: true, tagged: true },
              ),
              304: NOT_MODIFIED,
            }),
          ),
        },
        "/v1/billing/bills": {
          get: operation(
            "listBills",
            [...ALWAYS, "invalid_request"],
            {
              tags: ["Billing"],
              summary: "The bills",
              description:
                "Every bill with the caller's own totals, in the order of their numbers, and what waits for a bill. Takes no query string.",
              requestParams: { header: tagHeader },
            },
            (examplesOf) => ({
              200: success("The bills.", BillList, examplesOf, { tagged: true }),
              304: NOT_MODIFIED,
            }),
          ),
        },
        "/v1/billing/bills/{number}": {
          get: operation(
            "getBill",
            [...ALWAYS, "invalid_request", "not_found"],
            {
              tags: ["Billing"],
              summary: "A bill",
              description:
                "What to invoice: the usage of one month, and the adjustments of billed months. It never changes. Post it once for each bill number and reseller. It takes no filter, because a part of it must not be posted.",
              requestParams: { path: billPath, header: tagHeader },
            },
            (examplesOf) => ({
              200: success("The caller's part of the bill.", Bill, examplesOf, { csv: true, tagged: true }),
              304: NOT_MODIFIED,
            }),
          ),
        },
      },
      components: {
        securitySchemes: {
          token: {
            type: "http",
            scheme: "bearer",
            bearerFormat: "JWT",
            description:
              "An access token of the platform's issuer (OAuth 2.0). Its audience is this API; where the platform requires an OAuth scope, `scope` must hold it. Its claim `reseller_ids` lists the resellers whose figures the caller may see. The gateway takes 10,240 bytes of request line and headers, so about 170 resellers fit; with more it answers 431. A token of a larger partner names an account instead, of at most 1,000 resellers. There is no wildcard, and filters only narrow the resellers.",
          },
        },
      },
    },
    { override: ({ jsonSchema, io }) => void (io === "output" && delete jsonSchema.additionalProperties) },
  );
}

function examplesAt(
  examples: readonly Example[],
  operationId: string,
  status: number,
  mediaType: string,
): Examples {
  const here = examples.filter(
    (example) =>
      example.operationId === operationId && example.status === status && example.mediaType === mediaType,
  );
  return Object.fromEntries(here.map(({ name, summary, value }) => [name, { summary, value }]));
}

/** How to call an operation, in each language: files of `docs/snippets`. */
function codeSamples(operationId: string) {
  return [
    { lang: "sh", label: "curl", file: `${operationId}.sh` },
    { lang: "ts", label: "TypeScript", file: `${operationId}.ts` },
    { lang: "python", label: "Python", file: `${operationId}.py` },
  ].map(({ file, ...sample }) => ({ ...sample, source: readFileSync(join(DOCS, "snippets", file), "utf8") }));
}
