import middy from "@middy/core";
import type { Context } from "aws-lambda";
import { internalError, ServiceError } from "../../lib/errors.ts";
import { admission, type PartnerBudget } from "../../lib/http/admission.ts";
import { type CallerClaims, readCaller } from "../../lib/http/caller-scope.ts";
import { type HttpRequest, requireMethod, verifiedClaims } from "../../lib/http/http-request.ts";
import { jsonBodyOfPost } from "../../lib/http/json-body.ts";
import { acceptsGzip, negotiateFormat, type ReportFormat } from "../../lib/http/negotiation.ts";
import { commonHeaders, csvHeaders, okResponse, type Response } from "../../lib/http/response.ts";
import { httpShell } from "../../lib/http/shell.ts";
import type { WriteLine } from "../../lib/log.ts";
import { daysIn, type Period } from "../../lib/period.ts";
import type { Querier } from "../../lib/query.ts";
import type { ReadReport, Report, RequestedReport } from "../../lib/reports/report.ts";
import { readQueryString, repeated } from "../../lib/request/query-string.ts";
import { invalidRequest, namesOf, type RequestLimits } from "../../lib/request/report-request.ts";
import { type RollupCoverage, rolledPart } from "../../lib/rollup/coverage.ts";
import { narrow } from "../../lib/scope/reseller-scope.ts";
import type { RolledDays } from "../../lib/usage/rolled-days.ts";

export interface Dependencies extends CallerClaims {
  /** The reports that the function serves. */
  readonly reports: readonly Report[];
  readonly query: Querier;
  /**
   * Gives the days that may be read from the rollup; throws if that cannot be determined. Undefined: there is no
   * rollup.
   */
  readonly coverage?: (() => Promise<RollupCoverage | undefined>) | undefined;
  /** How many executions each partner may start. Undefined: there is no such limit. */
  readonly budget?: PartnerBudget | undefined;
  readonly limits: RequestLimits;
  /** The key of the hash that names callers in the log. Undefined: the log does not name them. */
  readonly callerHashKey?: string | undefined;
  /** The present instant, milliseconds since 1970. */
  readonly now: () => number;
  readonly write: WriteLine;
}

/** The part of the function's time, in milliseconds, that is reserved for the answer after the query has ended. */
const RESERVE_MS = 1_500;

/** Serves `GET` and `POST` of every report. */
export function reportsApi(dependencies: Dependencies) {
  const { reports, query, coverage, budget, limits, callerHashKey, now, write } = dependencies;
  return middy<HttpRequest, Response>({ timeoutEarlyInMillis: 0 })
    .use(httpShell({ now, write, callerHashKey }))
    .before(({ event }) => event.record.add({ report: reportOf(event, reports).name }))
    .before(({ event }) => requireMethod(event, ["GET", "POST"]))
    .before(({ event }) => void verifiedClaims(event))
    .use(jsonBodyOfPost((event) => namesOf(reportOf(event, reports).parameters)))
    .handler(async (event: HttpRequest, context: Context): Promise<Response> => {
      const { record } = event;
      const report = reportOf(event, reports);
      const format = negotiateFormat(event.headers["accept"]);
      const request = readRequest(event, report, limits);
      const caller = await readCaller(event, dependencies);
      const { scope } = caller;
      const effective = scope && narrow(scope, request.resellerIds);
      record.end("validate");

      const deadline = now() + context.getRemainingTimeInMillis() - RESERVE_MS;
      // HEAD asks for the headers only, and those of an empty report are the same.
      const answer =
        effective === undefined || event.isHead
          ? request.empty()
          : await request.read(
              effective,
              await rolledDays(coverage, request.period, event),
              query,
              { deadline, observe: record.add, admit: admission(event, caller, budget) },
              (error) => record.add({ rollupFallback: error }),
            );
      record.end("fold");

      const response = await respond(answer, format, report, request, event);
      record.end("respond");
      return response;
    });
}

/** Finds the report of the request's path, which may follow a stage or a domain's base path. */
function reportOf({ rawPath = "" }: HttpRequest, reports: readonly Report[]): Report {
  const report = reports.find(({ path }) => rawPath.endsWith(path));
  if (report !== undefined) return report;
  const paths = reports.map(({ path }) => path).join(", ");
  throw new ServiceError("not_found", `No report has this path. The reports are ${paths}.`);
}

/**
 * Returns the days of the report that are in the rollup. Returns none if that cannot be determined, because reading
 * the calls is always right.
 */
async function rolledDays(
  coverage: Dependencies["coverage"],
  period: Period,
  { record }: HttpRequest,
): Promise<RolledDays | undefined> {
  if (coverage === undefined) return undefined;
  try {
    const rolled = rolledPart(period, await coverage());
    record.add({ rolledDays: rolled === undefined ? 0 : daysIn(rolled) });
    return rolled;
  } catch (error) {
    record.add({ rollupFallback: internalError("the rollup's state cannot be read", error) });
    return undefined;
  }
}

/** Reads a GET from its query string, and a POST from its body only. */
function readRequest(
  { requestContext, rawQueryString, body, repeatedMembers = [] }: HttpRequest,
  report: Report,
  limits: RequestLimits,
): RequestedReport {
  if (requestContext.http.method === "GET") {
    const { stated, errors } = readQueryString(rawQueryString, namesOf(report.parameters));
    return report.request(stated, limits, errors);
  }
  if (rawQueryString === "") return report.request(body, limits, repeatedMembers.map(repeated));
  const message = "A POST takes everything from its body. Leave the query string out.";
  throw invalidRequest([{ parameter: "", code: "query_string_with_body", message }]);
}

function respond(
  answer: ReadReport,
  format: ReportFormat,
  { name, advice }: Report,
  { period: { start, end } }: RequestedReport,
  { headers, requestContext }: HttpRequest,
): Promise<Response> {
  const common = commonHeaders(requestContext.requestId);
  const gzip = acceptsGzip(headers["accept-encoding"]);
  const parts = { advice, resellers: answer.resellers };
  return format === "application/json"
    ? okResponse(answer.json(), { "content-type": format, ...common }, gzip, parts)
    : okResponse(answer.csv(), { ...csvHeaders(`${name}_${start}_${end}.csv`), ...common }, gzip, parts);
}
