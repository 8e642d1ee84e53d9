import { type AthenaClient, GetQueryResultsCommand } from "@aws-sdk/client-athena";
import { type OpenObject, parseS3Uri } from "../s3/read-object.ts";
import { decodeResultCsv } from "./result-csv.ts";
import { withRetries } from "./retry.ts";

type Cells = (string | null)[];

const TRIES = 5;

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
 * @returns the lines in order, the header first, always, even where the data looks like it; NULL is null
 */
export async function openResult(
  athena: AthenaClient,
  openObject: OpenObject,
  { id, outputLocation }: FinishedExecution,
  signal: AbortSignal,
): Promise<AsyncIterable<Cells>> {
  if (outputLocation === undefined) return readPages(athena, id, signal);
  const location = parseS3Uri(outputLocation);
  const object = await withRetries(() => openObject(location, signal), TRIES, signal);
  return object === undefined ? readPages(athena, id, signal) : decodeResultCsv(object);
}

async function* readPages(athena: AthenaClient, id: string, signal: AbortSignal): AsyncGenerator<Cells> {
  let token: string | undefined;
  do {
    const command = new GetQueryResultsCommand({ QueryExecutionId: id, NextToken: token });
    const page = await withRetries(() => athena.send(command, { abortSignal: signal }), TRIES, signal);
    if (page.ResultSet?.Rows === undefined) throw new TypeError("GetQueryResults gave no rows");
    for (const row of page.ResultSet.Rows) yield (row.Data ?? []).map((datum) => datum.VarCharValue ?? null);
    token = page.NextToken;
  } while (token !== undefined);
}
