import middy from "@middy/core";
import type { Context } from "aws-lambda";
import { internalError } from "../../lib/errors.ts";
import { type HttpRequest, readScope, requireMethod, verifiedClaims } from "../../lib/http/http-request.ts";
import { jsonBodyOfPost } from "../../lib/http/json-body.ts";
import { acceptsGzip, negotiateFormat, type ReportFormat } from "../../lib/http/negotiation.ts";
import { commonHeaders, csvHeaders, okResponse, type Response } from "../../lib/http/response.ts";
import { httpShell } from "../../lib/http/shell.ts";
import type { WriteLine } from "../../lib/log.ts";
import { daysIn, type Period } from "../../lib/period.ts";
import type { Querier } from "../../lib/query.ts";
import { reportCsv } from "../../lib/reports/minutes-by-organization/csv.ts";
import { reportJson } from "../../lib/reports/minutes-by-organization/json.ts";
import { emptyReport, type Report, resellersOf } from "../../lib/reports/minutes-by-organization/report.ts";
import { readReport } from "../../lib/reports/read-report.ts";
import { readQueryString, repeated } from "../../lib/request/query-string.ts";
import {
  invalidRequest,
  type ReportRequest,
  type RequestLimits,
  validateRequest,
} from "../../lib/request/report-request.ts";
import { type ClosedDays, rolledPart } from "../../lib/rollup/coverage.ts";
import { narrow } from "../../lib/scope/reseller-scope.ts";
import type { RolledDays } from "../../lib/usage/rolled-days.ts";

export interface Dependencies {
  readonly query: Querier;
  /** The days that may be read from the rollup; throws where that cannot be known. Left out: there is no rollup. */
  readonly closedDays?: (() => Promise<ClosedDays | undefined>) | undefined;
  readonly limits: RequestLimits;
  /** The claim that lists the caller's resellers. */
  readonly resellerClaim: string;
  /** The present instant, milliseconds since 1970. */
  readonly now: () => number;
  readonly write: WriteLine;
}

/** What remains of the function's time, in milliseconds, when the query must have ended: to answer. */
const RESERVE_MS = 1_500;

/** `GET` and `POST /v1/reports/minutes-by-organization`. */
export function minutesByOrganization(dependencies: Dependencies) {
  const { query, closedDays, limits, resellerClaim, now, write } = dependencies;
  return middy<HttpRequest, Response>({ timeoutEarlyInMillis: 0 })
    .use(httpShell({ now, write }))
    .before(({ event }) => requireMethod(event, ["GET", "POST"]))
    .before(({ event }) => void verifiedClaims(event))
    .use(jsonBodyOfPost)
    .handler(async (event: HttpRequest, context: Context): Promise<Response> => {
      const format = negotiateFormat(event.headers["accept"]);
      const request = readRequest(event, limits);
      const scope = readScope(event, resellerClaim);
      const effective = scope && narrow(scope, request.resellerIds);

      const { period, organizationIds } = request;
      const { record } = event;
      record.end("validate");

      const deadline = now() + context.getRemainingTimeInMillis() - RESERVE_MS;
      const report =
        effective === undefined
          ? emptyReport(period)
          : await readReport(
              {
                scope: effective,
                period,
                organizationIds,
                rolled: await rolledDays(closedDays, period, event),
              },
              query,
              { deadline, observe: record.add },
              (error) => record.add({ rollupFallback: error }),
            );
      record.end("fold");

      const response = await respond(report, format, event);
      record.end("respond");
      return response;
    });
}

/** The days of the report that the rollup has; none where that cannot be known, for their calls always tell. */
async function rolledDays(
  closedDays: Dependencies["closedDays"],
  period: Period,
  { record }: HttpRequest,
): Promise<RolledDays | undefined> {
  if (closedDays === undefined) return undefined;
  try {
    const rolled = rolledPart(period, await closedDays());
    record.add({ rolledDays: rolled === undefined ? 0 : daysIn(rolled) });
    return rolled;
  } catch (error) {
    record.add({ rollupFallback: internalError("the rollup's state cannot be read", error) });
    return undefined;
  }
}

/** GET states its request in the query string, POST in the body alone. */
function readRequest(
  { requestContext, rawQueryString, body, repeatedMembers = [] }: HttpRequest,
  limits: RequestLimits,
): ReportRequest {
  if (requestContext.http.method === "GET") {
    const { stated, errors } = readQueryString(rawQueryString);
    return validateRequest(stated, limits, errors);
  }
  if (rawQueryString === "") return validateRequest(body, limits, repeatedMembers.map(repeated));
  const message = "A POST states everything in its body; leave the query string out.";
  throw invalidRequest([{ parameter: "", code: "query_string_with_body", message }]);
}

function respond(
  report: Report,
  format: ReportFormat,
  { headers, requestContext }: HttpRequest,
): Promise<Response> {
  const common = commonHeaders(requestContext.requestId);
  const gzip = acceptsGzip(headers["accept-encoding"]);
  const parts = {
    advice: "split it with reseller_ids or organization_ids",
    resellers: () => resellersOf(report),
  };
  if (format === "application/json")
    return okResponse(reportJson(report), { "content-type": format, ...common }, gzip, parts);
  const { start, end } = report.period;
  const csv = csvHeaders(`minutes-by-organization_${start}_${end}.csv`);
  return okResponse(reportCsv(report), { ...csv, ...common }, gzip, parts);
}
