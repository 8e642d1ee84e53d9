import {
  type AthenaClient,
  GetQueryExecutionCommand,
  type GetQueryExecutionCommandOutput,
  GetQueryResultsCommand,
  type GetQueryResultsCommandOutput,
  GetWorkGroupCommand,
  type GetWorkGroupCommandOutput,
  StartQueryExecutionCommand,
  type StartQueryExecutionCommandInput,
  type StartQueryExecutionCommandOutput,
  StopQueryExecutionCommand,
} from "@aws-sdk/client-athena";

export type { QueryExecution, QueryExecutionStatus } from "@aws-sdk/client-athena";
export type StartInput = StartQueryExecutionCommandInput;
export type ResultPage = Answer<GetQueryResultsCommandOutput>;

/** What Athena says, without how the request went. */
type Answer<Output> = Omit<Output, "$metadata">;

/** The operations of Athena that are used. Each sends one request. */
export interface AthenaCalls {
  readonly start: (
    input: StartInput,
    signal: AbortSignal,
  ) => Promise<Answer<StartQueryExecutionCommandOutput>>;
  readonly get: (id: string, signal: AbortSignal) => Promise<Answer<GetQueryExecutionCommandOutput>>;
  readonly stop: (id: string, signal: AbortSignal) => Promise<void>;
  readonly results: (id: string, nextToken: string | undefined, signal: AbortSignal) => Promise<ResultPage>;
  readonly workgroup: (name: string, signal: AbortSignal) => Promise<Answer<GetWorkGroupCommandOutput>>;
}

/** The calls that a client sends. The client must not retry: the querier retries within the request's deadline. */
export function athenaCalls(client: AthenaClient): AthenaCalls {
  return {
    start: (input, abortSignal) => client.send(new StartQueryExecutionCommand(input), { abortSignal }),
    get: (QueryExecutionId, abortSignal) =>
      client.send(new GetQueryExecutionCommand({ QueryExecutionId }), { abortSignal }),
    stop: async (QueryExecutionId, abortSignal) => {
      await client.send(new StopQueryExecutionCommand({ QueryExecutionId }), { abortSignal });
    },
    results: (QueryExecutionId, NextToken, abortSignal) =>
      client.send(new GetQueryResultsCommand({ QueryExecutionId, NextToken }), { abortSignal }),
    workgroup: (WorkGroup, abortSignal) =>
      client.send(new GetWorkGroupCommand({ WorkGroup }), { abortSignal }),
  };
}
