import middy from "@middy/core";
import { nameAdjustments } from "../../lib/billing/adjustment-names.ts";
import { listBills } from "../../lib/billing/bills/bill-list.ts";
import { billNotFound, readBillRequest } from "../../lib/billing/bills/bill-request.ts";
import { billCsv, billJson, billsJson } from "../../lib/billing/bills/bill-view.ts";
import { readCallerBill } from "../../lib/billing/bills/caller-bill.ts";
import { readChain } from "../../lib/billing/bills/chain.ts";
import { listMonths } from "../../lib/billing/heads.ts";
import type { Month } from "../../lib/billing/month.ts";
import { isDamaged, SnapshotError } from "../../lib/billing/snapshot-error.ts";
import {
  type MonthQuery,
  monthNotClosed,
  readSnapshotRequest,
  revisionNotFound,
} from "../../lib/billing/snapshot-request.ts";
import {
  newestRevision,
  type ReadableStore,
  type Revision,
  readStatements,
  revisionOf,
} from "../../lib/billing/snapshots.ts";
import { adjustmentsDocument, billedReport, snapshotDocument } from "../../lib/billing/view.ts";
import { ServiceError } from "../../lib/errors.ts";
import { type CallerClaims, readCaller } from "../../lib/http/caller-scope.ts";
import { withEntityTag } from "../../lib/http/entity-tag.ts";
import { type HttpRequest, requireMethod, verifiedClaims } from "../../lib/http/http-request.ts";
import { acceptsGzip, negotiateFormat } from "../../lib/http/negotiation.ts";
import { commonHeaders, csvHeaders, okResponse, type Parts, type Response } from "../../lib/http/response.ts";
import { httpShell } from "../../lib/http/shell.ts";
import type { Uuid } from "../../lib/ids.ts";
import type { WriteLine } from "../../lib/log.ts";
import type { Day } from "../../lib/period.ts";
import { resellersOf } from "../../lib/reports/minutes-by-organization/organizations.ts";
import { narrow, type ResellerScope } from "../../lib/scope/reseller-scope.ts";

export interface Dependencies extends CallerClaims {
  readonly store: ReadableStore;
  /** The key of the hash that names callers in the log. Undefined: the log does not name them. */
  readonly callerHashKey?: string | undefined;
  readonly graceDays: number;
  /** The lake's first day. */
  readonly earliestDate: Day;
  /** The present instant, milliseconds since 1970. */
  readonly now: () => number;
  readonly write: WriteLine;
}

/**
 * Serves `GET` of the closed months and of the bills: `/v1/billing/snapshots[/{period}]`,
 * `/v1/billing/bills[/{number}]`.
 */
export function billingSnapshotsApi({
  store,
  callerHashKey,
  graceDays,
  earliestDate,
  now,
  write,
  ...claims
}: Dependencies) {
  return middy<HttpRequest, Response>({ timeoutEarlyInMillis: 0 })
    .use(httpShell({ now, write, callerHashKey }))
    .before(({ event }) => requireMethod(event, ["GET"]))
    .before(({ event }) => void verifiedClaims(event))
    .handler(async (event: HttpRequest): Promise<Response> => {
      const response = await damageTold(() =>
        isOfBills(event) ? billsResponse(event) : snapshotsResponse(event),
      );
      event.record.end("respond");
      return response;
    });

  async function snapshotsResponse(event: HttpRequest): Promise<Response> {
    const { month, ...query } = readSnapshotRequest(event.pathParameters?.["period"], event.rawQueryString);
    const { scope } = await readCaller(event, claims);
    event.record.end("validate");
    return month === undefined ? listResponse(scope, event) : monthResponse(month, query, scope, event);
  }

  async function billsResponse(event: HttpRequest): Promise<Response> {
    const number = readBillRequest(event.pathParameters?.["number"], event.rawQueryString);
    const { scope } = await readCaller(event, claims);
    const resellerIds = scope?.resellerIds ?? [];
    event.record.end("validate");
    if (number === undefined) return billListResponse(resellerIds, event);
    const format = negotiateFormat(event.headers["accept"]);
    const chain = await readChain(store);
    const stored = chain.bills[number - 1];
    if (stored === undefined) throw billNotFound(number, chain.bills.length);
    const bill = await readCallerBill(store, chain, stored.bill, resellerIds);
    event.record.end("fold");
    const parts = {
      advice: TOKENS_OF_FEWER,
      resellers: () =>
        resellersOf({ organizations: bill.usage.flatMap(({ organizations }) => organizations) }),
    };
    const response =
      format === "application/json"
        ? await respond(billJson(bill), { "content-type": format }, event, parts)
        : await respond(billCsv(bill), csvHeaders(`bill-${number}.csv`), event, parts);
    return withEntityTag(response, event.headers["if-none-match"], [resellerIds, number]);
  }

  /** Lists all bills; none for a caller without resellers, who has no rows in any bill. */
  async function billListResponse(resellerIds: readonly Uuid[], event: HttpRequest): Promise<Response> {
    const format = negotiateFormat(event.headers["accept"], ["application/json"]);
    const none = { bills: [], pending: [], damaged: [] };
    const body = billsJson(resellerIds.length === 0 ? none : await listBills(store, resellerIds));
    const response = await respond([body], { "content-type": format }, event);
    return withEntityTag(response, event.headers["if-none-match"], [resellerIds]);
  }

  /** Lists the closed months; none for a caller without resellers, who has no rows in any month. */
  async function listResponse(scope: ResellerScope | undefined, event: HttpRequest): Promise<Response> {
    const format = negotiateFormat(event.headers["accept"], ["application/json"]);
    const resellerIds = scope?.resellerIds ?? [];
    const { months, damaged } =
      scope === undefined ? { months: [], damaged: [] } : await listMonths(store, resellerIds);
    const data = months.map(({ period, revisions }) => {
      const [newest] = revisions;
      return { period, revision: newest?.revision, as_of: newest?.as_of, revisions };
    });
    const body = JSON.stringify({ data, ...(damaged.length > 0 && { damaged }) });
    const response = await respond([body], { "content-type": format }, event);
    return withEntityTag(response, event.headers["if-none-match"], [resellerIds]);
  }

  /** Serves a closed month, or only its adjustments. Filters apply after all rows have been checked. */
  async function monthResponse(
    month: Month,
    { revision: number, organization_ids: organizationIds, reseller_ids: wanted }: MonthQuery,
    scope: ResellerScope | undefined,
    event: HttpRequest,
  ): Promise<Response> {
    const format = negotiateFormat(event.headers["accept"]);
    const resellerIds = (scope && narrow(scope, wanted))?.resellerIds ?? [];
    const revision = await requireRevision(month, number);
    const { manifest } = revision;
    const statements = await readStatements(store, manifest, resellerIds);
    const billed = billedReport(month, statements, organizationIds);
    const document = isOfAdjustments(event)
      ? adjustmentsDocument(await nameAdjustments(store, revision, statements, billed.adjustments), manifest)
      : snapshotDocument(billed, manifest);
    event.record.end("fold");
    const headers =
      format === "application/json" ? { "content-type": format } : csvHeaders(document.fileName);
    const pieces = format === "application/json" ? document.json() : document.csv();
    const response = await respond(pieces, headers, event, {
      advice: "split it with reseller_ids or organization_ids",
      resellers: () => resellersOf(billed.report),
    });
    const audience = [resellerIds, month, manifest.revision, organizationIds ?? null, wanted ?? null];
    return withEntityTag(response, event.headers["if-none-match"], audience);
  }

  /**
   * Reads the requested revision. A damaged newer one does not hide it.
   *
   * @throws ServiceError `month_not_closed`, `not_found`; SnapshotError `snapshot_damaged`
   */
  async function requireRevision(month: Month, number: number | undefined): Promise<Revision> {
    const requested = number === undefined ? undefined : await revisionOf(store, month, number);
    if (requested !== undefined) return requested;
    const newest = await newestRevision(store, month);
    if (newest === undefined) throw monthNotClosed(month, { graceDays, earliestDate, now: now() });
    if (number === undefined) return newest;
    const { revision } = newest.manifest;
    if (number > revision) throw revisionNotFound(month, revision);
    throw new SnapshotError("snapshot_damaged", `The manifest of ${month}, revision ${number}, is missing.`);
  }

  function respond(
    pieces: Iterable<string>,
    headers: Record<string, string>,
    event: HttpRequest,
    parts: Parts = { advice: TOKENS_OF_FEWER, resellers: () => [] },
  ): Promise<Response> {
    const common = commonHeaders(event.requestContext.requestId, "no-cache");
    const takesGzip = acceptsGzip(event.headers["accept-encoding"]);
    return okResponse(pieces, { ...headers, ...common }, takesGzip, parts);
  }
}

/** What to do where an answer without filters is too large. */
const TOKENS_OF_FEWER = "ask with tokens of fewer resellers each";

function isOfAdjustments({ rawPath = "" }: HttpRequest): boolean {
  return /\/v1\/billing\/snapshots\/[^/]+\/adjustments$/.test(rawPath);
}

function isOfBills({ rawPath = "" }: HttpRequest): boolean {
  return /\/v1\/billing\/bills(?:\/|$)/.test(rawPath);
}

/** Reports damage to the caller without naming the damaged object, which may belong to another reseller. */
async function damageTold<Result>(answer: () => Promise<Result>): Promise<Result> {
  try {
    return await answer();
  } catch (error) {
    if (!isDamaged(error)) throw error;
    const detail =
      "The stored data of this answer is damaged. It is not shown until it is repaired. The operator has been notified; contact support with the request_id.";
    throw new ServiceError("snapshot_damaged", detail, { cause: error });
  }
}
