import {
  AthenaClient,
  GetQueryExecutionCommand,
  GetQueryResultsCommand,
  GetWorkGroupCommand,
  StartQueryExecutionCommand,
  StopQueryExecutionCommand,
} from "@aws-sdk/client-athena";
import type { AthenaCalls } from "../../../lib/athena/calls.ts";
import type { AwsAccess } from "../../../lib/aws/access.ts";

/** The service's calls of Athena, sent by AWS's SDK. */
export function callsOf(sdk: AthenaClient): AthenaCalls {
  return {
    start: ({ ExecutionParameters, ...input }, abortSignal) =>
      sdk.send(
        new StartQueryExecutionCommand({
          ...input,
          ...(ExecutionParameters && { ExecutionParameters: [...ExecutionParameters] }),
        }),
        { abortSignal },
      ),
    get: (QueryExecutionId, abortSignal) =>
      sdk.send(new GetQueryExecutionCommand({ QueryExecutionId }), { abortSignal }),
    stop: async (QueryExecutionId, abortSignal) => {
      await sdk.send(new StopQueryExecutionCommand({ QueryExecutionId }), { abortSignal });
    },
    results: (QueryExecutionId, NextToken, abortSignal) =>
      sdk.send(new GetQueryResultsCommand({ QueryExecutionId, NextToken }), { abortSignal }),
    workgroup: (WorkGroup, abortSignal) => sdk.send(new GetWorkGroupCommand({ WorkGroup }), { abortSignal }),
  };
}

/** Replaces the function of the same name in the benchmark of the import. */
export function athenaCalls(access: AwsAccess, endpoint: string | undefined): AthenaCalls {
  const { region, credentials, requestHandler } = access;
  return callsOf(
    new AthenaClient({ region, credentials, requestHandler, maxAttempts: 1, ...(endpoint && { endpoint }) }),
  );
}
