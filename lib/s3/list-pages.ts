import {
  ListObjectsV2Command,
  type ListObjectsV2CommandInput,
  type ListObjectsV2CommandOutput,
} from "@aws-sdk/client-s3";
import { internalError } from "../errors.ts";

/**
 * Yields every page of a listing, in the order of its keys.
 *
 * @param send sends one request, retries transient failures, and translates errors
 * @throws ServiceError `internal_error` for a truncated page without a continuation token: a part of a listing is
 * never taken for the whole
 */
export async function* listPages(
  send: (command: ListObjectsV2Command) => Promise<ListObjectsV2CommandOutput>,
  listing: Omit<ListObjectsV2CommandInput, "ContinuationToken">,
): AsyncGenerator<ListObjectsV2CommandOutput> {
  let token: string | undefined;
  do {
    const page = await send(new ListObjectsV2Command({ ...listing, ContinuationToken: token }));
    yield page;
    token = page.IsTruncated === true ? page.NextContinuationToken : undefined;
    if (page.IsTruncated === true && token === undefined)
      throw internalError("the listing is truncated but has no continuation token");
  } while (token !== undefined);
}
