import { withRetries } from "../aws/retry.ts";
import { type OpenObject, parseS3Uri, S3Error } from "../s3/read-object.ts";
import type { AthenaCalls, ResultPage } from "./calls.ts";
import { TRIES } from "./execution.ts";
import { type Cells, decodeResultCsv } from "./result-csv.ts";

/** An execution that has SUCCEEDED. */
export interface FinishedExecution {
  readonly id: string;
  /** `s3://…` of the result CSV. */
  readonly outputLocation: string | undefined;
}

/**
 * Opens the result of a SUCCEEDED execution. It reads the CSV in S3 with one GET. If the role may not read that
 * object, it calls GetQueryResults page by page, which is far slower: 1,000 rows a call, one call after the other.
 *
 * @returns the lines in order, in batches as they arrive; the first is always the header, even if the data looks like
 * one. Undefined if the result is missing: S3 has no object, or Athena refuses the execution's id. Results expire
 * after a day, and a repeated token can name an older execution.
 */
export async function openResult(
  athena: AthenaCalls,
  openObject: OpenObject,
  { id, outputLocation }: FinishedExecution,
  signal: AbortSignal,
): Promise<AsyncIterable<Cells[]> | undefined> {
  if (outputLocation !== undefined) {
    const location = parseS3Uri(outputLocation);
    const object = await withRetries(() => openObject(location, signal), TRIES, signal).catch(noneIfDenied);
    if (object !== undefined) return decodeResultCsv(object);
  }
  const page: ReadPage = (nextToken) => {
    const asked = withRetries(() => athena.results(id, nextToken, signal), TRIES, signal);
    // If the reader stops before this page, nothing else handles the page's failure.
    asked.catch(() => undefined);
    return asked;
  };
  const first = page(undefined);
  try {
    await first;
  } catch (error) {
    if (error instanceof Error && error.name === "InvalidRequestException") return undefined;
    throw error;
  }
  return readPages(first, page);
}

function noneIfDenied(error: unknown): undefined {
  if (error instanceof S3Error && error.isDenial) return undefined;
  throw error;
}

type ReadPage = (nextToken: string | undefined) => Promise<ResultPage>;

/** Requests each page while the page before it is being read. */
async function* readPages(first: ReturnType<ReadPage>, page: ReadPage): AsyncGenerator<Cells[]> {
  let next: ReturnType<ReadPage> | undefined = first;
  while (next !== undefined) {
    const { ResultSet, NextToken }: ResultPage = await next;
    if (ResultSet?.Rows === undefined) throw new TypeError("GetQueryResults returned no rows");
    next = NextToken ? page(NextToken) : undefined;
    yield ResultSet.Rows.map(({ Data = [] }) => Data.map((datum) => datum.VarCharValue ?? null));
  }
}
