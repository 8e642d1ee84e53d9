import type { IncomingMessage, ServerResponse } from "node:http";
import { json } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import * as z from "zod";
import { decodeResultCsv } from "../../lib/athena/result-csv.ts";
import type { Engine } from "../engine/engine.ts";
import { ConnectionDropped, type Effect, type Faults, faultRules } from "../faults.ts";
import { type LocalServer, listen } from "../listen.ts";
import { type Execution, type Executions, executions } from "./executions.ts";
import { type AthenaQuotas, allowance } from "./quotas.ts";

export interface AthenaOptions {
  readonly port: number;
  readonly engine: Engine;
  readonly workgroup: string;
  readonly database: string;
  /** Limit of bytes scanned by a query; undefined for none. */
  readonly bytesScannedCutoff: number | undefined;
  /** Where the workgroup puts results: `s3://<bucket>/<prefix>/`. */
  readonly outputLocation: string;
  readonly store: (location: string, content: Iterable<Uint8Array>) => Promise<void>;
  /** Opens a result object that `store` has stored. */
  readonly open: (location: string) => AsyncIterable<Uint8Array>;
  /** How often it may be called, and how many queries it takes at once; by default without limits. */
  readonly quotas?: AthenaQuotas | undefined;
  /** Executions at once; by default two, because on two cores a second one can start while one runs. */
  readonly concurrency?: number | undefined;
  /** The faults to inject. A PUT to `/_local/faults` sets the rules, and a GET there returns the calls. */
  readonly faults: Faults;
}

const CONCURRENCY = 2;

/** A refusal in Athena's format. */
class AthenaException extends Error {
  override readonly name: string;
  readonly status: number;
  readonly date: Date;

  constructor(name: string, message: string, status = 400, date = new Date()) {
    super(message);
    this.name = name;
    this.status = status;
    this.date = date;
  }
}

const startInput = z.object({
  QueryString: z.string().min(1).max(262_144),
  ExecutionParameters: z.array(z.string().min(1).max(1_024)).min(1).optional(),
  ClientRequestToken: z.string().min(32).max(128).optional(),
  WorkGroup: z.string().default("primary"),
  QueryExecutionContext: z
    .object({ Database: z.string().default("default"), Catalog: z.string().default("AwsDataCatalog") })
    .prefault({}),
});
const idInput = z.object({ QueryExecutionId: z.string() });
const resultsInput = idInput.extend({
  NextToken: z.string().regex(/^\d+$/).optional(),
  MaxResults: z.int().min(1).max(1_000).default(1_000),
});
const workGroupInput = z.object({ WorkGroup: z.string() });

/**
 * A local Athena: the five operations that the service calls, in the SDK's protocol JSON 1.1, over any engine. It
 * writes results to the local S3 as Athena does.
 * https://docs.aws.amazon.com/athena/latest/APIReference/API_Operations.html
 */
export async function startAthena(options: AthenaOptions): Promise<LocalServer> {
  const known = executions({ ...options, concurrency: options.concurrency ?? CONCURRENCY });
  const allows = options.quotas === undefined ? undefined : allowance(options.quotas);
  const operations = athenaOperations(options, known);
  const server = await listen(options.port, (request, response) =>
    request.url === "/_local/faults"
      ? control(request, response, options.faults)
      : answer(request, response, operations, options.faults, (name) => allows?.(name, known.active())),
  );
  return {
    ...server,
    close: async () => {
      known.close();
      await server.close();
    },
  };
}

type Operations = Readonly<Record<string, (input: unknown, effect?: Effect) => Promise<object> | object>>;

function athenaOperations(options: AthenaOptions, known: Executions): Operations {
  const readPage = resultPages(options.open);

  function execution(id: string): Execution {
    const found = known.get(id);
    if (found === undefined) throw invalid(`QueryExecution ${id} was not found`);
    return found;
  }

  return {
    StartQueryExecution: (body) => {
      const input = startInput.parse(body);
      const { Database: database, Catalog: catalog } = input.QueryExecutionContext;
      if (input.WorkGroup !== options.workgroup) throw invalid(`WorkGroup ${input.WorkGroup} is not found.`);
      if (database !== options.database) throw invalid(`Database ${database} is not found.`);
      const { id } = known.start({
        queryString: input.QueryString,
        executionParameters: input.ExecutionParameters ?? [],
        clientRequestToken: input.ClientRequestToken,
        workgroup: input.WorkGroup,
        database,
        catalog,
      });
      return { QueryExecutionId: id };
    },
    GetQueryExecution: (body, effect) => ({
      QueryExecution: describe(asShown(execution(idInput.parse(body).QueryExecutionId), effect)),
    }),
    StopQueryExecution: (body) => {
      known.stop(execution(idInput.parse(body).QueryExecutionId).id);
      return {};
    },
    GetQueryResults: (body) => {
      const { QueryExecutionId, NextToken, MaxResults } = resultsInput.parse(body);
      const found = execution(QueryExecutionId);
      if (found.state !== "SUCCEEDED") throw invalid(`Query did not finish successfully: ${found.state}`);
      return readPage(found, Number(NextToken ?? 0), MaxResults);
    },
    GetWorkGroup: (body) => {
      const { WorkGroup } = workGroupInput.parse(body);
      if (WorkGroup !== options.workgroup) throw invalid(`WorkGroup ${WorkGroup} is not found.`);
      return { WorkGroup: { Name: WorkGroup, State: "ENABLED", Configuration: configuration(options) } };
    },
  };
}

function configuration({ outputLocation, bytesScannedCutoff }: AthenaOptions): object {
  return {
    EnforceWorkGroupConfiguration: true,
    ResultConfiguration: { OutputLocation: outputLocation },
    BytesScannedCutoffPerQuery: bytesScannedCutoff,
    EngineVersion: { SelectedEngineVersion: "AUTO", EffectiveEngineVersion: "Athena engine version 3" },
  };
}

/**
 * The execution, or what a fault shows in its place. An end that a fault shows remains, as in Athena: a later start
 * with the same token gets it too.
 */
function asShown(execution: Execution, effect: Effect | undefined): Execution {
  if (effect?.kind !== "show") return execution;
  const { state, retryable, dataScannedInBytes = execution.dataScannedInBytes } = effect;
  const stateChangeReason = "As requested by the fault rules.";
  const shown = { state, retryable, dataScannedInBytes, stateChangeReason };
  if (state === "QUEUED" || state === "RUNNING") return { ...execution, ...shown };
  return Object.assign(execution, shown, { completedAt: execution.completedAt ?? Date.now() });
}

/** Renders an execution in Athena's format. Times are seconds since 1970, durations milliseconds. */
function describe(execution: Execution): object {
  const { input, submittedAt, startedAt, completedAt, state } = execution;
  const end = completedAt ?? Date.now();
  return {
    QueryExecutionId: execution.id,
    Query: input.queryString,
    StatementType: "DML",
    WorkGroup: input.workgroup,
    QueryExecutionContext: { Database: input.database, Catalog: input.catalog },
    ExecutionParameters: input.executionParameters,
    ResultConfiguration: { OutputLocation: execution.outputLocation },
    Status: {
      State: state,
      StateChangeReason: execution.stateChangeReason,
      SubmissionDateTime: submittedAt / 1_000,
      CompletionDateTime: completedAt && completedAt / 1_000,
      ...(state === "FAILED" && {
        AthenaError: {
          ErrorCategory: 2,
          ErrorType: 1,
          Retryable: execution.retryable,
          ErrorMessage: execution.stateChangeReason,
        },
      }),
    },
    Statistics: {
      DataScannedInBytes: execution.dataScannedInBytes,
      QueryQueueTimeInMillis: (startedAt ?? end) - submittedAt,
      EngineExecutionTimeInMillis: end - (startedAt ?? end),
      TotalExecutionTimeInMillis: end - submittedAt,
    },
  };
}

/** Returns pages of a result as GetQueryResults does, from the result object. Caches the last result. */
function resultPages(open: AthenaOptions["open"]) {
  let kept: { id: string; lines: (string | null)[][] } | undefined;
  return async ({ id, outputLocation, columns }: Execution, start: number, size: number): Promise<object> => {
    if (kept?.id !== id)
      kept = { id, lines: (await Array.fromAsync(decodeResultCsv(open(outputLocation)))).flat() };
    const rows = kept.lines.slice(start, start + size);
    return {
      ResultSet: {
        Rows: rows.map((cells) => ({
          Data: cells.map((cell) => (cell === null ? {} : { VarCharValue: cell })),
        })),
        ResultSetMetadata: { ColumnInfo: columns.map(columnInfo) },
      },
      ...(start + size < kept.lines.length && { NextToken: String(start + size) }),
    };
  };
}

/** https://docs.aws.amazon.com/athena/latest/APIReference/API_ColumnInfo.html */
function columnInfo({ name, type }: Execution["columns"][number]): object {
  const isNumber = type === "bigint";
  return {
    CatalogName: "hive",
    SchemaName: "",
    TableName: "",
    Name: name,
    Label: name,
    Type: type,
    Precision: isNumber ? 19 : 2_147_483_647,
    Scale: 0,
    Nullable: "UNKNOWN",
    CaseSensitive: !isNumber,
  };
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  operations: Operations,
  shown: Faults,
  allows: (operation: string) => boolean | undefined,
): Promise<void> {
  try {
    reply(response, 200, await dispatch(request, operations, shown, allows));
  } catch (error) {
    if (error instanceof ConnectionDropped) throw error;
    const { name, status, date } = error instanceof AthenaException ? error : invalid("");
    response.setHeader("date", date.toUTCString());
    reply(response, status, {
      __type: name,
      Message: error instanceof Error ? error.message : String(error),
    });
  }
}

async function dispatch(
  request: IncomingMessage,
  operations: Operations,
  shown: Faults,
  allows: (operation: string) => boolean | undefined,
): Promise<object> {
  const input = await json(request);
  if (!request.headers.authorization?.startsWith("AWS4-HMAC-SHA256 ")) {
    throw new AthenaException("UnrecognizedClientException", "The request is not signed.");
  }
  const name = String(request.headers["x-amz-target"]).replace(/^AmazonAthena\./, "");
  const operation = operations[name];
  if (operation === undefined) throw invalid(`Unknown operation ${name}`);
  if (allows(name) === false) throw new AthenaException("TooManyRequestsException", "Rate exceeded");
  const effect = shown.next(name);
  if (effect?.kind === "delay") await sleep(effect.milliseconds);
  if (effect?.kind === "drop") throw new ConnectionDropped();
  if (effect?.kind === "refuse") {
    const { type, status, secondsAhead } = effect;
    throw new AthenaException(
      type,
      "As requested by the fault rules.",
      status,
      new Date(Date.now() + secondsAhead * 1_000),
    );
  }
  return operation(input, effect);
}

async function control(request: IncomingMessage, response: ServerResponse, shown: Faults): Promise<void> {
  if (request.method === "PUT") {
    const rules = faultRules.safeParse(await json(request));
    if (!rules.success) return reply(response, 400, { message: z.prettifyError(rules.error) });
    shown.set(rules.data);
  }
  reply(response, 200, shown.calls());
}

function reply(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { "content-type": "application/x-amz-json-1.1" }).end(JSON.stringify(body));
}

function invalid(message: string): AthenaException {
  return new AthenaException("InvalidRequestException", message);
}
