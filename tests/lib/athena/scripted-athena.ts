/** An Athena that does as it is told: for the faults that the real one cannot be made to show. */
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

/** How an execution looks when it is asked for. */
export interface Glimpse {
  readonly state: QueryExecutionState;
  readonly error?: AthenaError;
  readonly reason?: string;
  readonly bytesScanned?: number;
}

/** What a status call comes to. */
export type Step = Glimpse | Error;

/** `s3://…` of the scripted executions' results, the execution's id within. */
export const OUTPUT = "s3://results/queries/";

/** A client whose calls go nowhere, and the script of what they answer. */
export function scriptedAthena() {
  const client = new AthenaClient({
    region: "eu-central-1",
    credentials: { accessKeyId: "key", secretAccessKey: "secret" },
  });
  const script = mockClient(client);
  script.on(StopQueryExecutionCommand).resolves({});
  script.on(GetWorkGroupCommand).resolves({ WorkGroup: { Name: "reports", Configuration: {} } });

  const pollTimes: number[] = [];

  return {
    client,
    script,
    /** When each status call came, milliseconds since 1970. */
    pollTimes,
    /**
     * Each start gets the next id; asked for an execution, it shows one step of that execution's life after the
     * other, the last one for ever.
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

function execution(id: string, { state, error, reason, bytesScanned }: Glimpse) {
  return {
    QueryExecution: {
      QueryExecutionId: id,
      Status: {
        State: state,
        ...(error && { AthenaError: error }),
        ...(reason === undefined ? {} : { StateChangeReason: reason }),
      },
      Statistics: { DataScannedInBytes: bytesScanned ?? 0 },
      ResultConfiguration: { OutputLocation: `${OUTPUT}${id}.csv` },
    },
  };
}

/** The call came too often. */
export function throttled(): TooManyRequestsException {
  return new TooManyRequestsException({ message: "Rate exceeded", $metadata: { httpStatusCode: 400 } });
}

export function internalFault(): InternalServerException {
  return new InternalServerException({ message: "Internal", $metadata: { httpStatusCode: 500 } });
}

/** The call itself is wrong: no later try will succeed. */
export function refused(message = "line 1:1: mismatched input"): InvalidRequestException {
  return new InvalidRequestException({ message, $metadata: { httpStatusCode: 400 } });
}

/** What the promise comes to, with every timer on the way run at once. */
export async function withoutWaiting<T>(promise: Promise<T>): Promise<T> {
  const settled = Promise.allSettled([promise]);
  await vi.runAllTimersAsync();
  await settled;
  return promise;
}
