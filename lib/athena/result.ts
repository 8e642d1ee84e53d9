import {
  type AthenaClient,
  GetQueryResultsCommand,
  type GetQueryResultsCommandOutput,
  InvalidRequestException,
} from "@aws-sdk/client-athena";
import { withRetries } from "../aws/retry.ts";
import { type OpenObject, parseS3Uri, S3Error } from "../s3/read-object.ts";
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
 *   data looks like it. Undefined where the result is gone: S3 gives no object, and Athena refuses the execution's id.
 *   Results expire after a day, and a start that repeats a token can name an execution from before.
 */
export async function openResult(
  athena: AthenaClient,
  openObject: OpenObject,
  { id, outputLocation }: FinishedExecution,
  signal: AbortSignal,
): Promise<AsyncIterable<Cells[]> | undefined> {
  if (outputLocation !== undefined) {
    const location = parseS3Uri(outputLocation);
    const object = await withRetries(() => openObject(location, signal), TRIES, signal).catch(noneIfDenied);
    if (object !== undefined) return decodeResultCsv(object);
  }
  const page: ReadPage = (NextToken) => {
    const command = new GetQueryResultsCommand({ QueryExecutionId: id, NextToken });
    const asked = withRetries(() => athena.send(command, { abortSignal: signal }), TRIES, signal);
    // Where the reader gives up before it comes to this page, nobody else hears of its failure.
    asked.catch(() => undefined);
    return asked;
  };
  const first = page(undefined);
  try {
    await first;
  } catch (error) {
    if (error instanceof InvalidRequestException) return undefined;
    throw error;
  }
  return readPages(first, page);
}

function noneIfDenied(error: unknown): undefined {
  if (error instanceof S3Error && error.isDenial) return undefined;
  throw error;
}

type ReadPage = (nextToken: string | undefined) => Promise<GetQueryResultsCommandOutput>;

/** Each page is asked for while the one before it is read. */
async function* readPages(first: ReturnType<ReadPage>, page: ReadPage): AsyncGenerator<Cells[]> {
  let next: ReturnType<ReadPage> | undefined = first;
  while (next !== undefined) {
    const { ResultSet, NextToken }: GetQueryResultsCommandOutput = await next;
    if (ResultSet?.Rows === undefined) throw new TypeError("GetQueryResults gave no rows");
    next = NextToken ? page(NextToken) : undefined;
    yield ResultSet.Rows.map(({ Data = [] }) => Data.map((datum) => datum.VarCharValue ?? null));
  }
}
