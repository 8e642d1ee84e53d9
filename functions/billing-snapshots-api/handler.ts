import middy from "@middy/core";
import type { Month } from "../../lib/billing/month.ts";
import { monthNotClosed, readSnapshotRequest, revisionNotFound } from "../../lib/billing/snapshot-request.ts";
import {
  closedMonths,
  newestRevision,
  type ReadableStore,
  readStatements,
  revisionOf,
} from "../../lib/billing/snapshots.ts";
import { billedReport, snapshotJson } from "../../lib/billing/view.ts";
import type { NamedReseller } from "../../lib/errors.ts";
import { withEntityTag } from "../../lib/http/entity-tag.ts";
import { type HttpRequest, readScope, requireMethod, verifiedClaims } from "../../lib/http/http-request.ts";
import { acceptsGzip, negotiateFormat } from "../../lib/http/negotiation.ts";
import { commonHeaders, csvHeaders, okResponse, type Response } from "../../lib/http/response.ts";
import { httpShell } from "../../lib/http/shell.ts";
import type { WriteLine } from "../../lib/log.ts";
import type { Day } from "../../lib/period.ts";
import { reportCsv } from "../../lib/reports/minutes-by-organization/csv.ts";
import { resellersOf } from "../../lib/reports/minutes-by-organization/organizations.ts";
import type { ResellerScope } from "../../lib/scope/reseller-scope.ts";

export interface Dependencies {
  readonly store: ReadableStore;
  /** The claim that lists the caller's resellers. */
  readonly resellerClaim: string;
  /** What callers are hashed with for the log; left out: they have no name in it. */
  readonly callerHashKey?: string | undefined;
  readonly graceDays: number;
  /** The lake's first day. */
  readonly earliestDate: Day;
  /** The present instant, milliseconds since 1970. */
  readonly now: () => number;
  readonly write: WriteLine;
}

/** `GET /v1/billing/snapshots` and `GET /v1/billing/snapshots/{period}`. */
export function billingSnapshotsApi({
  store,
  resellerClaim,
  callerHashKey,
  graceDays,
  earliestDate,
  now,
  write,
}: Dependencies) {
  return middy<HttpRequest, Response>({ timeoutEarlyInMillis: 0 })
    .use(httpShell({ now, write, callerHashKey }))
    .before(({ event }) => requireMethod(event, ["GET"]))
    .before(({ event }) => void verifiedClaims(event))
    .handler(async (event: HttpRequest): Promise<Response> => {
      const request = readSnapshotRequest(event.pathParameters?.["period"], event.rawQueryString);
      const scope = readScope(event, resellerClaim);
      event.record.end("validate");
      const response =
        request.month === undefined
          ? await listResponse(scope, event)
          : await monthResponse(request.month, request.revision, scope, event);
      event.record.end("respond");
      return response;
    });

  /** The closed months; none of them for a caller without resellers, who has nothing in any. */
  async function listResponse(scope: ResellerScope | undefined, event: HttpRequest): Promise<Response> {
    const format = negotiateFormat(event.headers["accept"], ["application/json"]);
    const revisions = scope === undefined ? [] : await closedMonths(store);
    const data = revisions.map(({ manifest: { period, revision, as_of } }) => ({ period, revision, as_of }));
    const response = await respond([JSON.stringify({ data })], { "content-type": format }, event);
    return withEntityTag(response, event.headers["if-none-match"], [scope?.resellerIds ?? []]);
  }

  async function monthResponse(
    month: Month,
    number: number | undefined,
    scope: ResellerScope | undefined,
    event: HttpRequest,
  ): Promise<Response> {
    const format = negotiateFormat(event.headers["accept"]);
    const newest = await newestRevision(store, month);
    if (newest === undefined) throw monthNotClosed(month, { graceDays, earliestDate, now: now() });
    const isNewest = number === undefined || number === newest.manifest.revision;
    const revision = isNewest ? newest : await revisionOf(store, month, number);
    if (revision === undefined) throw revisionNotFound(month, newest.manifest.revision);

    const resellerIds = scope?.resellerIds ?? [];
    const statements = await readStatements(store, revision.manifest, resellerIds);
    const { report, adjustments } = billedReport(month, statements);
    event.record.end("fold");
    const name = `minutes-by-organization_${month}_revision-${revision.manifest.revision}.csv`;
    const response =
      format === "application/json"
        ? await respond(
            snapshotJson(report, revision.manifest, adjustments),
            { "content-type": format },
            event,
            () => resellersOf(report),
          )
        : await respond(reportCsv(report), csvHeaders(name), event, () => resellersOf(report));
    const audience = [resellerIds, month, revision.manifest.revision];
    return withEntityTag(response, event.headers["if-none-match"], audience);
  }

  function respond(
    pieces: Iterable<string>,
    headers: Record<string, string>,
    event: HttpRequest,
    resellers: () => readonly NamedReseller[] = () => [],
  ): Promise<Response> {
    const common = commonHeaders(event.requestContext.requestId, "no-cache");
    const takesGzip = acceptsGzip(event.headers["accept-encoding"]);
    return okResponse(pieces, { ...headers, ...common }, takesGzip, {
      advice: "ask with tokens of fewer resellers each",
      resellers,
    });
  }
}
