/** The published contract: OpenAPI 3.1, built from the schemas that validate requests. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { createDocument, type ZodOpenApiOperationObject, type ZodOpenApiResponseObject } from "zod-openapi";
import type { ProblemCode } from "../lib/errors.ts";
import type { Report } from "../lib/reports/report.ts";
import { REPORTS } from "../lib/reports/table.ts";
import { MonthAdjustments, Snapshot, SnapshotList } from "./answers.ts";
import { Bill, BillList, billPath } from "./bills.ts";
import { monthPath, monthQuery, reportBody, reportQuery, tagHeader } from "./parameters.ts";
import { type Examples, errors, NOT_MODIFIED, success } from "./responses.ts";

const DOCS = join(import.meta.dirname, "..", "docs");

/**
 * The contract's version (semver). A breaking change raises the first number, any other change the second.
 * https://semver.org
 */
const VERSION = "3.3.0";

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

/** A recorded answer, and its place in the document. */
export interface Example {
  readonly operationId: string;
  readonly status: number;
  readonly mediaType: string;
  readonly name: string;
  readonly summary: string;
  readonly value: unknown;
}

/** What every route may answer. */
const ALWAYS: readonly ProblemCode[] = [
  "unauthenticated",
  "malformed_claim",
  "unknown_account",
  "not_acceptable",
  "result_too_large",
  "internal_error",
  // The answer of a status is one component, so each operation also lists the codes of the others.
  "snapshot_damaged",
  "too_many_queries",
  "engine_unavailable",
];
const REPORT: readonly ProblemCode[] = [...ALWAYS, "invalid_request", "range_too_large", "engine_timeout"];

/**
 * Builds the document that is committed, with recorded answers as examples. The build adds the guide (`withGuide`),
 * so that a change of the guide is reviewed only in docs/guide.md.
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
    const taggedAnswers = (examplesOf: (status: number, mediaType: string) => Examples) => ({
      200: success(answer, schema, examplesOf, { csv: true, tagged: true }),
      304: NOT_MODIFIED,
    });
    return {
      get: operation(
        ids.get,
        REPORT,
        {
          tags: ["Report"],
          summary,
          description,
          requestParams: { query: reportQuery(report), header: tagHeader },
        },
        taggedAnswers,
      ),
      post: operation(
        ids.post,
        [...REPORT, "body_too_large", "unsupported_media_type"],
        {
          tags: ["Report"],
          summary: `${summary}, filters in the body`,
          description:
            "Gives the same bytes as the equivalent `GET`, for filters longer than a URL. The body contains everything and is at most 256 KiB; a query string is an error.",
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
              description:
                "Each month with all its revisions, the latest month first. Takes no query string.",
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
                "What the caller's resellers are billed for, and the changes since the previous revision. Filters apply to the rows, the adjustments and the totals. It reads what was closed and runs no query.",
              requestParams: { path: monthPath, query: monthQuery, header: tagHeader },
            },
            (examplesOf) => ({
              200: success(
                "The month in this revision; empty if the caller's resellers had no calls.",
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
                "The differences of a revision of a closed month from the previous revision, with names. Takes the parameters of the month. The bill that names a revision invoices its adjustments: see the bills.",
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
                "Every bill with the caller's own totals, in the order of their numbers, and the adjustments that wait for a bill. Takes no query string.",
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
              "An access token of the platform's issuer (OAuth 2.0). Its audience is this API. If the platform requires an OAuth scope, `scope` must contain it. Its claim `reseller_ids` lists the resellers whose figures the caller may see. The gateway accepts 10,240 bytes of request line and headers, which is about 170 resellers. With more it answers 431. The token of a larger partner names an account instead, with at most 1,000 resellers. There is no wildcard, and filters only narrow the resellers.",
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

/** The folder of an operation's code samples within `docs/snippets`: the report's name, or `billing`. */
export function snippetFolder(operationId: string): string {
  const report = REPORTS.find((each) => Object.values(operationIds(each)).includes(operationId));
  return report?.name ?? "billing";
}

/** Reads how to call an operation in each language. */
function codeSamples(operationId: string) {
  const folder = join(DOCS, "snippets", snippetFolder(operationId));
  return [
    { lang: "sh", label: "curl", file: `${operationId}.sh` },
    { lang: "ts", label: "TypeScript", file: `${operationId}.ts` },
    { lang: "python", label: "Python", file: `${operationId}.py` },
  ].map(({ file, ...sample }) => ({ ...sample, source: readFileSync(join(folder, file), "utf8") }));
}
