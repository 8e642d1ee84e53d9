/** A scripted Athena, for faults that the real one cannot be made to show. */
import {
  AthenaClient,
  type AthenaError,
  GetQueryExecutionCommand,
  GetWorkGroupCommand,
  InternalServerException,
  InvalidRequestException,
  type QueryExecutionState,
  StartQueryExecutionCommand,
  StopQueryExecutionCommand,
  TooManyRequestsException,
} from "@aws-sdk/client-athena";
import { mockClient } from "aws-sdk-client-mock";
import { vi } from "vitest";
import { athenaCalls } from "../../../lib/athena/calls.ts";

/** How an execution looks when it is asked for. */
export interface Glimpse {
  readonly state: QueryExecutionState;
  readonly error?: AthenaError;
  readonly reason?: string;
  readonly bytesScanned?: number;
  readonly endedAt?: Date;
}

/** The result of a status call. */
export type Step = Glimpse | Error;

/** The `s3://…` location of the scripted executions' results, with the execution's id. */
export const OUTPUT = "s3://results/queries/";

/** Calls that send nothing, and the script of their answers. */
export function scriptedAthena() {
  const sdk = new AthenaClient({
    region: "eu-central-1",
    credentials: { accessKeyId: "key", secretAccessKey: "secret" },
  });
  const script = mockClient(sdk);
  script.on(StopQueryExecutionCommand).resolves({});
  script.on(GetWorkGroupCommand).resolves({ WorkGroup: { Name: "reports", Configuration: {} } });

  const pollTimes: number[] = [];

  return {
    client: athenaCalls(sdk),
    script,
    /** When each status call was sent, milliseconds since 1970. */
    pollTimes,
    /**
     * Each start gets the next id. Status calls of an execution return one state of its sequence after the other, and
     * the last one for ever.
     */
    executions(...lives: readonly (readonly Step[])[]) {
      const starts = script.on(StartQueryExecutionCommand);
      for (const [index, life] of lives.entries()) {
        const QueryExecutionId = `execution-${index + 1}`;
        starts.resolvesOnce({ QueryExecutionId });
        let asked = 0;
        script.on(GetQueryExecutionCommand, { QueryExecutionId }).callsFake(() => {
          pollTimes.push(Date.now());
          const step = life[Math.min(asked++, life.length - 1)];
          if (step === undefined) throw new RangeError("a life without steps");
          if (step instanceof Error) throw step;
          return execution(QueryExecutionId, step);
        });
      }
    },
    /** The workgroup's limit of bytes scanned by a query. */
    scanCutoff(BytesScannedCutoffPerQuery: number) {
      script.on(GetWorkGroupCommand).resolves({
        WorkGroup: { Name: "reports", Configuration: { BytesScannedCutoffPerQuery } },
      });
    },
    started: () => script.commandCalls(StartQueryExecutionCommand).map(({ args }) => args[0].input),
    stopped: () =>
      script.commandCalls(StopQueryExecutionCommand).map(({ args }) => args[0].input.QueryExecutionId),
  };
}

function execution(id: string, { state, error, reason, bytesScanned, endedAt }: Glimpse) {
  return {
    QueryExecution: {
      QueryExecutionId: id,
      Status: {
        State: state,
        ...(error && { AthenaError: error }),
        ...(reason === undefined ? {} : { StateChangeReason: reason }),
        ...(endedAt && { CompletionDateTime: endedAt }),
      },
      Statistics: { DataScannedInBytes: bytesScanned ?? 0 },
      ResultConfiguration: { OutputLocation: `${OUTPUT}${id}.csv` },
    },
  };
}

/** The call was throttled. */
export function throttled(): TooManyRequestsException {
  return new TooManyRequestsException({ message: "Rate exceeded", $metadata: { httpStatusCode: 400 } });
}

export function internalFault(): InternalServerException {
  return new InternalServerException({ message: "Internal", $metadata: { httpStatusCode: 500 } });
}

/** The call itself is invalid: no retry will succeed. */
export function refused(message = "line 1:1: mismatched input"): InvalidRequestException {
  return new InvalidRequestException({ message, $metadata: { httpStatusCode: 400 } });
}

/** Waits for the promise, and runs every pending timer at once. */
export async function withoutWaiting<T>(promise: Promise<T>): Promise<T> {
  const settled = Promise.allSettled([promise]);
  await vi.runAllTimersAsync();
  await settled;
  return promise;
}
