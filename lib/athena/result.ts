import {
  type AthenaClient,
  GetQueryResultsCommand,
  type GetQueryResultsCommandOutput,
} from "@aws-sdk/client-athena";
import { withRetries } from "../retry.ts";
import { type OpenObject, parseS3Uri } from "../s3/read-object.ts";
import { TRIES } from "./execution.ts";
import { type Cells, decodeResultCsv } from "./result-csv.ts";

/** An execution that has SUCCEEDED. */
export interface FinishedExecution {
  readonly id: string;
  /** `s3://…`: the result CSV. */
  readonly outputLocation: string | undefined;
}

/**
 * Opens the result of a SUCCEEDED execution: the CSV in S3 with one GET, or, where the role may not read
 * that object, GetQueryResults page by page (1,000 rows a call, one after the other: far slower).
 *
 * @returns the lines in order, as many at once as arrive together; the header is first, always, even where the
 *   data looks like it
 */
export async function openResult(
  athena: AthenaClient,
  openObject: OpenObject,
  { id, outputLocation }: FinishedExecution,
  signal: AbortSignal,
): Promise<AsyncIterable<Cells[]>> {
  if (outputLocation === undefined) return readPages(athena, id, signal);
  const location = parseS3Uri(outputLocation);
  const object = await withRetries(() => openObject(location, signal), TRIES, signal);
  return object === undefined ? readPages(athena, id, signal) : decodeResultCsv(object);
}

/** Each page is asked for while the one before it is read. */
async function* readPages(athena: AthenaClient, id: string, signal: AbortSignal): AsyncGenerator<Cells[]> {
  const page = (NextToken: string | undefined) => {
    const command = new GetQueryResultsCommand({ QueryExecutionId: id, NextToken });
    const asked = withRetries(() => athena.send(command, { abortSignal: signal }), TRIES, signal);
    // Where the reader gives up before it comes to this page, nobody else hears of its failure.
    asked.catch(() => undefined);
    return asked;
  };
  let next: ReturnType<typeof page> | undefined = page(undefined);
  while (next !== undefined) {
    const { ResultSet, NextToken }: GetQueryResultsCommandOutput = await next;
    if (ResultSet?.Rows === undefined) throw new TypeError("GetQueryResults gave no rows");
    next = NextToken ? page(NextToken) : undefined;
    yield ResultSet.Rows.map(({ Data = [] }) => Data.map((datum) => datum.VarCharValue ?? null));
  }
}
