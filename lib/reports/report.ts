import type { NamedReseller, RequestError } from "../errors.ts";
import type { Period } from "../period.ts";
import type { Querier, Query, RunOptions } from "../query.ts";
import {
  periodOf,
  type ReportParameters,
  type ReportRequest,
  type RequestLimits,
  validateRequest,
} from "../request/report-request.ts";
import type { ResellerScope } from "../scope/reseller-scope.ts";
import type { ResultMarks, RolledDay, RolledDays } from "../usage/rolled-days.ts";
import type { ReportDocumentation } from "./documentation.ts";
import { type FellBack, readRows } from "./read-rows.ts";

/** What the query of a report reads. It cannot be made without a scope. */
export interface Selection<Request> {
  readonly scope: ResellerScope;
  readonly period: Period;
  readonly request: Request;
  /** Days of the period that are read from the rollup instead of their calls; undefined for none. */
  readonly rolled?: RolledDays | undefined;
}

/** Everything that is specific to one report. */
export interface ReportDefinition<Request extends ReportRequest, Row, Data> {
  /** The last segment of its path, and the beginning of its CSV file name. */
  readonly name: string;
  readonly parameters: ReportParameters<Request>;
  /** Builds the one query of a selection. Its rows may contain the marks of rolled-up days. */
  readonly query: (selection: Selection<Request>) => Query<Row | RolledDay>;
  /** Folds the query's rows, without the marks, as they arrive. */
  readonly fold: (rows: AsyncIterable<readonly Row[]>, period: Period) => Promise<Data>;
  /** The report for a scope without resellers, for which no query is started. */
  readonly empty: (period: Period) => Data;
  /** Renders the report in pieces. */
  readonly json: (data: Data) => Iterable<string>;
  readonly csv: (data: Data) => Iterable<string>;
  /** The resellers whose figures the report contains; empty if it does not tell them apart. */
  readonly resellers: (data: Data) => readonly NamedReseller[];
  /** What to do if the report is too large for one answer, in lower case and without a full stop. */
  readonly advice: string;
  readonly documentation: () => ReportDocumentation;
}

/** A report that has been read. */
export interface ReadReport {
  readonly json: () => Iterable<string>;
  readonly csv: () => Iterable<string>;
  readonly resellers: () => readonly NamedReseller[];
  /** The marks of its days that were read from the rollup; undefined if there are none. */
  readonly marks?: ResultMarks | undefined;
}

/** A valid request for a report. */
export interface RequestedReport {
  readonly period: Period;
  /** Narrows the scope to these resellers; undefined for all of them. */
  readonly resellerIds: ReportRequest["reseller_ids"];
  /** The same text for equal requests, however they were stated. */
  readonly canonical: string;
  readonly empty: () => ReadReport;
  /** Builds the query of the report. Without `rolled` it reads every day from its calls. */
  readonly query: (scope: ResellerScope, rolled?: RolledDays) => Query<unknown>;
  /**
   * Reads the report: rolled-up days from the rollup, the others from their calls.
   *
   * @throws ServiceError as the querier and the report's fold do
   */
  readonly read: (
    scope: ResellerScope,
    rolled: RolledDays | undefined,
    query: Querier,
    options: RunOptions,
    fellBack: FellBack,
  ) => Promise<ReadReport>;
}

/** A report as the function, the routes, the documents and the tests see it. */
export interface Report {
  readonly name: string;
  readonly path: string;
  readonly parameters: Pick<ReportParameters, "shape">;
  readonly advice: string;
  readonly documentation: () => ReportDocumentation;
  /**
   * Validates a request.
   *
   * @param found problems that were found while reading the request
   * @throws ServiceError `invalid_request` with every problem of the request
   */
  readonly request: (
    stated: unknown,
    limits: RequestLimits,
    found?: readonly RequestError[],
  ) => RequestedReport;
}

/** Creates the report that a definition describes. */
export function defineReport<Request extends ReportRequest, Row, Data>(
  definition: ReportDefinition<Request, Row, Data>,
): Report {
  const { name, parameters, advice, documentation } = definition;
  const rendered = (data: Data): ReadReport => ({
    json: () => definition.json(data),
    csv: () => definition.csv(data),
    resellers: () => definition.resellers(data),
  });
  return {
    name,
    path: `/v1/reports/${name}`,
    parameters,
    advice,
    documentation,
    request: (stated, limits, found) => {
      const request = validateRequest(parameters, stated, limits, found);
      const period = periodOf(request);
      return {
        period,
        resellerIds: request.reseller_ids,
        canonical: JSON.stringify(Object.entries(request).toSorted(([a], [b]) => (a < b ? -1 : 1))),
        empty: () => rendered(definition.empty(period)),
        query: (scope, rolled) => definition.query({ scope, period, request, rolled }),
        read: async (scope, rolled, query, options, fellBack) => {
          const selection = { scope, period, request, rolled };
          const fold = (rows: AsyncIterable<readonly Row[]>) => definition.fold(rows, period);
          const folded = await readRows(definition.query, selection, fold, query, options, fellBack);
          return { ...rendered(folded.data), marks: folded.marks };
        },
      };
    },
  };
}
