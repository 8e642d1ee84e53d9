import * as z from "zod/mini";
import { type AwsAccess } from "../aws/access.ts";
import { jsonService } from "../aws/json-service.ts";

/** The input of StartQueryExecution. */
export interface StartInput {
  readonly QueryString: string;
  readonly ExecutionParameters?: readonly string[];
  readonly QueryExecutionContext?: { readonly Catalog: string; readonly Database: string };
  readonly WorkGroup?: string;
  readonly ResultConfiguration?: { readonly OutputLocation: string };
  readonly ClientRequestToken?: string;
}

const text = z.optional(z.string());
const count = z.optional(z.number());

/** Timestamps are seconds since 1970, with milliseconds as a fraction. */
const instant = z.optional(
  z.pipe(
    z.number(),
    z.transform((seconds) => new Date(Math.round(seconds * 1_000))),
  ),
);

const started = z.object({ QueryExecutionId: text });

const status = z.object({
  State: text,
  StateChangeReason: text,
  CompletionDateTime: instant,
  AthenaError: z.optional(z.object({ Retryable: z.optional(z.boolean()), ErrorMessage: text })),
});

const execution = z.object({
  Status: z.optional(status),
  Statistics: z.optional(
    z.object({
      DataScannedInBytes: count,
      QueryQueueTimeInMillis: count,
      EngineExecutionTimeInMillis: count,
    }),
  ),
  ResultConfiguration: z.optional(z.object({ OutputLocation: text })),
});

const found = z.object({ QueryExecution: z.optional(execution) });

const page = z.object({
  ResultSet: z.optional(
    z.object({
      Rows: z.optional(z.array(z.object({ Data: z.optional(z.array(z.object({ VarCharValue: text }))) }))),
    }),
  ),
  NextToken: text,
});

const workgroup = z.object({
  WorkGroup: z.optional(
    z.object({ Configuration: z.optional(z.object({ BytesScannedCutoffPerQuery: count })) }),
  ),
});

/** The members of Athena's answers that are used. https://docs.aws.amazon.com/athena/latest/APIReference/ */
export type QueryExecutionStatus = z.output<typeof status>;
export type QueryExecution = z.output<typeof execution>;
export type ResultPage = z.output<typeof page>;

/** The operations of Athena that are used. Each sends one request. */
export interface AthenaCalls {
  readonly start: (input: StartInput, signal: AbortSignal) => Promise<z.output<typeof started>>;
  readonly get: (id: string, signal: AbortSignal) => Promise<z.output<typeof found>>;
  readonly stop: (id: string, signal: AbortSignal) => Promise<void>;
  readonly results: (id: string, nextToken: string | undefined, signal: AbortSignal) => Promise<ResultPage>;
  readonly workgroup: (name: string, signal: AbortSignal) => Promise<z.output<typeof workgroup>>;
}

/** Calls Athena. @param endpoint another endpoint than the region's (`AWS_ENDPOINT_URL_ATHENA`) */
export function athenaCalls(access: AwsAccess, endpoint: string | undefined): AthenaCalls {
  const call = jsonService({ name: "athena", target: "AmazonAthena", version: "1.1" }, access, endpoint);
  return {
    start: async (input, signal) => started.parse(await call("StartQueryExecution", input, signal)),
    get: async (QueryExecutionId, signal) =>
      found.parse(await call("GetQueryExecution", { QueryExecutionId }, signal)),
    stop: async (QueryExecutionId, signal) => {
      await call("StopQueryExecution", { QueryExecutionId }, signal);
    },
    results: async (QueryExecutionId, NextToken, signal) =>
      page.parse(await call("GetQueryResults", { QueryExecutionId, NextToken }, signal)),
    workgroup: async (WorkGroup, signal) =>
      workgroup.parse(await call("GetWorkGroup", { WorkGroup }, signal)),
  };
}
