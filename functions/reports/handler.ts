import middy from "@middy/core";
import type { Context } from "aws-lambda";
import { internalError, ServiceError } from "../../lib/errors.ts";
import { admission, type PartnerBudget } from "../../lib/http/admission.ts";
import { type AnswerReuse, type ReusableAnswer, reusableAnswer } from "../../lib/http/answer-reuse.ts";
import { type CallerClaims, readCaller } from "../../lib/http/caller-scope.ts";
import { type HttpRequest, requireMethod, verifiedClaims } from "../../lib/http/http-request.ts";
import { jsonBodyOfPost } from "../../lib/http/json-body.ts";
import { acceptsGzip, negotiateFormat, type ReportFormat } from "../../lib/http/negotiation.ts";
import { commonHeaders, csvHeaders, okResponse, type Response } from "../../lib/http/response.ts";
import { httpShell } from "../../lib/http/shell.ts";
import type { WriteLine } from "../../lib/log.ts";
import { dayOf, daysIn } from "../../lib/period.ts";
import type { Querier } from "../../lib/query.ts";
import type { ReadReport, Report, RequestedReport } from "../../lib/reports/report.ts";
import { readQueryString, repeated } from "../../lib/request/query-string.ts";
import { invalidRequest, namesOf, type RequestLimits } from "../../lib/request/report-request.ts";
import { type PublishedCoverage, rolledPart } from "../../lib/rollup/coverage.ts";
import { narrow, type ResellerScope } from "../../lib/scope/reseller-scope.ts";
import type { RolledDays } from "../../lib/usage/rolled-days.ts";

export interface Dependencies extends CallerClaims {
  /** The reports that the function serves. */
  readonly reports: readonly Report[];
  readonly query: Querier;
  /**
   * Gives the days that may be read from the rollup; throws if that cannot be determined. Undefined: there is no
   * rollup.
   */
  readonly coverage?: (() => Promise<PublishedCoverage | undefined>) | undefined;
  /** How answers are reused. Undefined: they are not. */
  readonly reuse?: AnswerReuse | undefined;
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
  const { reports, query, budget, limits, callerHashKey, now, write } = dependencies;
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

      const contentHeaders = contentHeadersOf(format, report, request);
      const send = async (answer: ReadReport) => {
        const response = await respond(answer, contentHeaders, report, event);
        record.end("respond");
        return response;
      };
      // HEAD asks for the headers only, and those of an empty report are the same.
      const isPlainHead = event.isHead && event.headers["if-none-match"] === undefined;
      if (effective === undefined || isPlainHead) return send(request.empty());

      const asked = { report, request, scope: effective, contentHeaders, event };
      const { rolled, reusable } = await readSources(dependencies, asked);
      const reused = reusable?.notModified() ?? (event.isHead ? undefined : await reusable?.stored());
      if (reused !== undefined) return reused;
      if (event.isHead) return send(request.empty());

      const deadline = now() + context.getRemainingTimeInMillis() - RESERVE_MS;
      const answer = await request.read(
        effective,
        rolled,
        reusable?.query ?? query,
        { deadline, observe: record.add, admit: admission(event, caller, budget) },
        (error) => record.add({ rollupFallback: error }),
      );
      record.end("fold");
      const response = await send(answer);
      return reusable === undefined ? response : reusable.keep(response, answer.marks);
    });
}

/** Finds the report of the request's path, which may follow a stage or a domain's base path. */
function reportOf({ rawPath = "" }: HttpRequest, reports: readonly Report[]): Report {
  const report = reports.find(({ path }) => rawPath.endsWith(path));
  if (report !== undefined) return report;
  const paths = reports.map(({ path }) => path).join(", ");
  throw new ServiceError("not_found", `No report has this path. The reports are ${paths}.`);
}

interface Asked {
  readonly report: Report;
  readonly request: RequestedReport;
  readonly scope: ResellerScope;
  readonly contentHeaders: Readonly<Record<string, string>>;
  readonly event: HttpRequest;
}

/**
 * Reads, at the same time, which days are in the rollup and of which names the lake is. Neither is remembered between
 * requests. If it cannot be determined, no day is read from the rollup or no answer is reused, because reading the calls
 * is always right.
 */
async function readSources(
  { coverage: readCoverage, reuse, query, now }: Dependencies,
  { report, request, scope, contentHeaders, event }: Asked,
): Promise<{ rolled?: RolledDays | undefined; reusable?: ReusableAnswer | undefined }> {
  const { record } = event;
  if (readCoverage === undefined) return {};
  // Today is never rolled up.
  const mayBeReused = reuse !== undefined && request.period.end < dayOf(now());
  const failed = (fact: "rollupFallback" | "reuseFailure", reason: string) => (error: unknown) => {
    record.add({ [fact]: internalError(reason, error) });
    return undefined;
  };
  const [coverage, names, code] = await Promise.all([
    readCoverage().catch(failed("rollupFallback", "the rollup's state cannot be read")),
    mayBeReused ? reuse.names().catch(failed("reuseFailure", "the names cannot be listed")) : undefined,
    mayBeReused ? reuse.code().catch(failed("reuseFailure", "the code cannot be read")) : undefined,
  ]);
  const rolled = rolledPart(request.period, coverage);
  if (record.facts.rollupFallback === undefined) {
    record.add({ rolledDays: rolled === undefined ? 0 : daysIn(rolled) });
  }
  if (!mayBeReused || names === undefined || code === undefined) return { rolled };
  const inputs = {
    reportPath: report.path,
    period: request.period,
    canonicalRequest: request.canonical,
    athenaInput: reuse.athenaInput(request.query(scope, rolled)),
    lake: reuse.lake,
    rollup: reuse.rollup,
    format: contentHeaders["content-type"] ?? "",
    code,
  };
  const reusable = reusableAnswer(reuse, { event, inputs, coverage, names, query, contentHeaders });
  return { rolled, reusable };
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

function contentHeadersOf(
  format: ReportFormat,
  { name }: Report,
  { period: { start, end } }: RequestedReport,
): Record<string, string> {
  return format === "application/json"
    ? { "content-type": format }
    : csvHeaders(`${name}_${start}_${end}.csv`);
}

function respond(
  answer: ReadReport,
  contentHeaders: Readonly<Record<string, string>>,
  { advice }: Report,
  { headers, requestContext }: HttpRequest,
): Promise<Response> {
  const isJson = contentHeaders["content-type"] === "application/json";
  const all = { ...contentHeaders, ...commonHeaders(requestContext.requestId) };
  const gzip = acceptsGzip(headers["accept-encoding"]);
  return okResponse(isJson ? answer.json() : answer.csv(), all, gzip, {
    advice,
    resellers: answer.resellers,
  });
}
