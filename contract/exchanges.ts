import { minutesByOrganization } from "../lib/reports/minutes-by-organization/definition.ts";
import type { Report } from "../lib/reports/report.ts";
import { REPORTS } from "../lib/reports/table.ts";
import type { FaultRule } from "../local/faults.ts";
import { ACCOUNT_CLAIM } from "../local/functions.ts";
import type { Stack } from "../local/stack.ts";
import { requestToken } from "../local/tokens.ts";
import { type Example, operationIds } from "./document.ts";

/** A request to the sample lake whose answer is an example in the published contract. */
interface Exchange {
  readonly operationId: string;
  readonly name: string;
  readonly summary: string;
  readonly path: string;
  /** JSON. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** The reseller claim. `null`: no token at all. */
  readonly claim?: unknown;
  /** The account that the token names, in place of the reseller claim. */
  readonly account?: string;
  /** The faults of the local Athena and S3. */
  readonly faults?: readonly FaultRule[];
}

const NORTHWIND = "78e6e8a8-01b7-4a45-a227-471062f7fe52";
const LUMIERE = "27083c61-3307-4430-b920-3e90c85e094c";
const BRUECKNER = "b103526d-9e72-4e61-b057-29424601f0fe";

/** The resellers of the guide's reader. */
export const READERS_RESELLERS = [NORTHWIND, LUMIERE, BRUECKNER];
const REPORT = minutesByOrganization.path;
const APRIL_BODY = minutesByOrganization.documentation().example.request;
const SNAPSHOTS = "/v1/billing/snapshots";
const BILLS = "/v1/billing/bills";
const APRIL = `${REPORT}?start_date=2026-04-01&end_date=2026-04-30`;
const TWO_ORGANIZATIONS = pathOf(minutesByOrganization);
const ORGANIZATION = "41d52398-79b9-4878-843d-7449a8eda453";

/** An organization of Lumière with adjustments. */
const ADJUSTED = "1de5d89f-9535-4491-b5ca-2e2d9f6b6dfb";

/** Replaces every request id. */
const REQUEST_ID = "3d4c9c7e-0b51-4c7b-9a3f-5f0f2f6f7a10";

/** When the sample's April is closed, and when it is checked again. */
export const CLOSED_AT = ["2026-05-04T06:00:00Z", "2026-05-10T06:00:00Z"];

const ids = operationIds(minutesByOrganization);
const get = { operationId: ids.get } as const;
const post = { operationId: ids.post, path: REPORT } as const;

const EXCHANGES: readonly Exchange[] = [
  { ...get, name: "april", summary: "April 2026, two organizations", path: TWO_ORGANIZATIONS },
  { ...get, name: "none", summary: "A caller without resellers", path: APRIL, claim: [] },
  {
    ...get,
    name: "april",
    summary: "April 2026, two organizations",
    path: TWO_ORGANIZATIONS,
    headers: { accept: "text/csv" },
  },
  {
    ...get,
    name: "several",
    summary: "All problems of a request at once",
    path: `${REPORT}?start_date=2026-02-30&organization_ids=41d52398&organisation_ids=x`,
  },
  {
    ...get,
    name: "order",
    summary: "The range is reversed",
    path: `${REPORT}?start_date=2026-04-30&end_date=2026-04-01`,
  },
  {
    ...get,
    name: "range_too_large",
    summary: "The range holds too much data",
    path: `${APRIL}&reseller_ids=${NORTHWIND}`,
    faults: [
      {
        on: "GetQueryExecution",
        effect: { kind: "show", state: "CANCELLED", dataScannedInBytes: 100_000_000_000 },
      },
    ],
  },
  { ...get, name: "gateway", summary: "No token", path: APRIL, claim: null },
  { ...get, name: "malformed_claim", summary: "The claim is not a list of UUIDs", path: APRIL, claim: "*" },
  {
    ...get,
    name: "unknown_account",
    summary: "The account has no list of resellers",
    path: APRIL,
    account: "5a3e0000-0000-4000-8000-00000000dead",
  },
  {
    ...get,
    name: "not_acceptable",
    summary: "An unknown format",
    path: APRIL,
    headers: { accept: "application/xml" },
  },
  {
    ...get,
    name: "gateway",
    summary: "Over 10,240 bytes of request line and headers",
    path: `${APRIL}&organization_ids=${ORGANIZATION}${`,${ORGANIZATION}`.repeat(300)}`,
  },
  {
    ...get,
    name: "internal_error",
    summary: "The result ended early",
    path: `${REPORT}?start_date=2026-04-01&end_date=2026-04-29`,
    faults: [{ on: "GetObject", effect: { kind: "truncate", bytes: 1_000 } }],
  },
  {
    ...get,
    name: "engine_unavailable",
    summary: "The engine accepts no more queries",
    path: `${REPORT}?start_date=2026-04-01&end_date=2026-04-28`,
    faults: [
      {
        on: "StartQueryExecution",
        effect: { kind: "refuse", status: 400, type: "TooManyRequestsException" },
      },
    ],
  },
  {
    ...get,
    name: "engine_timeout",
    summary: "The query did not end in time",
    path: `${REPORT}?start_date=2026-04-01&end_date=2026-04-27`,
    faults: [{ on: "GetQueryExecution", effect: { kind: "show", state: "RUNNING" } }],
  },
  {
    ...get,
    name: "too_many_queries",
    summary: "The partner has started too many new queries",
    path: `${REPORT}?start_date=2026-04-01&end_date=2026-04-26`,
    faults: [
      {
        on: "UpdateItem",
        effect: { kind: "refuse", status: 400, type: "ConditionalCheckFailedException" },
      },
    ],
  },
  { ...post, name: "april", summary: "April 2026, two organizations", body: APRIL_BODY },
  { ...post, name: "malformed_json", summary: "The body is not JSON", body: undefined },
  {
    ...post,
    name: "body_too_large",
    summary: "A body over 256 KiB",
    body: { ...APRIL_BODY, organization_ids: Array(7_000).fill(ORGANIZATION) },
  },
  {
    ...post,
    name: "unsupported_media_type",
    summary: "A form instead of JSON",
    body: APRIL_BODY,
    headers: { "content-type": "application/x-www-form-urlencoded" },
  },
  ...REPORTS.filter((report) => report !== minutesByOrganization).flatMap(exchangesOf),
  {
    operationId: "listBillingSnapshots",
    name: "closed",
    summary: "April 2026 is closed, and was revised once",
    path: SNAPSHOTS,
  },
  {
    operationId: "listBillingSnapshots",
    name: "parameter",
    summary: "The list takes no parameters",
    path: `${SNAPSHOTS}?page=2`,
  },
  {
    operationId: "getBillingSnapshot",
    name: "revised",
    summary: "April 2026, revision 2, with its adjustments",
    path: `${SNAPSHOTS}/2026-04`,
    claim: [LUMIERE],
  },
  {
    operationId: "getBillingSnapshot",
    name: "invalid_revision",
    summary: "No revision has this number",
    path: `${SNAPSHOTS}/2026-04?revision=first`,
  },
  {
    operationId: "getBillingSnapshot",
    name: "month_not_closed",
    summary: "The month is still open",
    path: `${SNAPSHOTS}/2026-05`,
  },
  {
    operationId: "getBillingSnapshot",
    name: "not_found",
    summary: "There is no such revision",
    path: `${SNAPSHOTS}/2026-04?revision=3`,
  },
  {
    operationId: "getBillingSnapshot",
    name: "filter",
    summary: "A filter that is not a UUID",
    path: `${SNAPSHOTS}/2026-04?organization_ids=41d52398`,
  },
  {
    operationId: "getBillingAdjustments",
    name: "revised",
    summary: "April 2026, revision 2, one organization",
    path: `${SNAPSHOTS}/2026-04/adjustments?organization_ids=${ADJUSTED}`,
    claim: [LUMIERE],
  },
  {
    operationId: "getBillingAdjustments",
    name: "revised",
    summary: "April 2026, revision 2, one organization",
    path: `${SNAPSHOTS}/2026-04/adjustments?organization_ids=${ADJUSTED}`,
    claim: [LUMIERE],
    headers: { accept: "text/csv" },
  },
  {
    operationId: "getBillingAdjustments",
    name: "invalid_revision",
    summary: "No revision has this number",
    path: `${SNAPSHOTS}/2026-04/adjustments?revision=first`,
  },
  {
    operationId: "getBillingAdjustments",
    name: "month_not_closed",
    summary: "The month is still open",
    path: `${SNAPSHOTS}/2026-05/adjustments`,
  },
  {
    operationId: "listBills",
    name: "billed",
    summary: "April 2026 is billed, and adjustments wait for the next bill",
    path: BILLS,
    claim: [LUMIERE],
  },
  {
    operationId: "listBills",
    name: "parameter",
    summary: "The list takes no parameters",
    path: `${BILLS}?page=2`,
  },
  {
    operationId: "getBill",
    name: "month",
    summary: "Bill 1: April 2026",
    path: `${BILLS}/1`,
    claim: [LUMIERE],
  },
  {
    operationId: "getBill",
    name: "month",
    summary: "Bill 1: April 2026",
    path: `${BILLS}/1`,
    claim: [LUMIERE],
    headers: { accept: "text/csv" },
  },
  {
    operationId: "getBill",
    name: "parameter",
    summary: "A bill is always whole",
    path: `${BILLS}/1?organization_ids=${ORGANIZATION}`,
  },
  { operationId: "getBill", name: "not_found", summary: "There is no such bill", path: `${BILLS}/7` },
];

/** The exchanges of every report, in addition to those of the first one. */
function exchangesOf(report: Report): Exchange[] {
  const { get: operationId, post: posting } = operationIds(report);
  const { summary, request } = report.documentation().example;
  const path = pathOf(report);
  return [
    { operationId, name: "april", summary, path },
    { operationId, name: "none", summary: "A caller without resellers", path, claim: [] },
    { operationId, name: "april", summary, path, headers: { accept: "text/csv" } },
    {
      operationId,
      name: "several",
      summary: "All problems of a request at once",
      path: `${report.path}?start_date=2026-02-30&organisation_ids=x`,
    },
    { operationId: posting, name: "april", summary, path: report.path, body: request },
    { operationId: posting, name: "malformed_json", summary: "The body is not JSON", path: report.path },
  ];
}

/** The path and query string of a report's example. */
function pathOf(report: Report): string {
  const { request } = report.documentation().example;
  const pairs = Object.entries(request).map(([name, value]) => `${name}=${String(value)}`);
  return `${report.path}?${pairs.join("&")}`;
}

/** The data that a stack over the sample lake needs for these exchanges. */
export const STACK_OPTIONS = {
  bytesScannedCutoff: 100_000_000_000,
  timeout: 12,
  partnerExecutionsPerMinute: 999_999,
};

/** Closes the sample's April, sends the requests one after the other, and returns their answers as examples. */
export async function recordExamples(stack: Stack): Promise<Example[]> {
  for (const scheduled_time of CLOSED_AT) await stack.snapshot({ scheduled_time });
  const examples: Example[] = [];
  for (const exchange of EXCHANGES) examples.push(await record(exchange, stack));
  return examples;
}

async function record(exchange: Exchange, stack: Stack): Promise<Example> {
  const { operationId, name, summary, path, claim = [NORTHWIND], account, faults = [] } = exchange;
  const claims = account === undefined ? { reseller_ids: claim } : { [ACCOUNT_CLAIM]: account };
  stack.faults.set(faults);
  const isPost = REPORTS.some((report) => operationIds(report).post === operationId);
  const response = await fetch(`${stack.url}${path}`, {
    method: isPost ? "POST" : "GET",
    headers: {
      ...(claim !== null && {
        authorization: `Bearer ${await requestToken(stack.issuer, claims)}`,
      }),
      ...(isPost && { "content-type": "application/json" }),
      ...exchange.headers,
    },
    ...(isPost && { body: exchange.body === undefined ? "{" : JSON.stringify(exchange.body) }),
  });
  const mediaType = (response.headers.get("content-type") ?? "").replace(/;.*/s, "");
  const text = await response.text();
  return {
    operationId,
    status: response.status,
    mediaType,
    name,
    summary,
    value: mediaType === "text/csv" ? text : withoutRequestId(JSON.parse(text)),
  };
}

/** Removes the parts of an answer that change each time. */
export function withoutRequestId(answer: unknown): unknown {
  return typeof answer === "object" && answer !== null && "request_id" in answer
    ? { ...answer, request_id: REQUEST_ID }
    : answer;
}
