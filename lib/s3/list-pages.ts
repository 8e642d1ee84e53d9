import {
  ListObjectsV2Command,
  type ListObjectsV2CommandInput,
  type ListObjectsV2CommandOutput,
} from "@aws-sdk/client-s3";
import { internalError } from "../errors.ts";

/**
 * Every page of a listing, in the order of its keys.
 *
 * @param send makes one call, tries it again where that helps, and words what it throws
 * @throws ServiceError `internal_error` for a page that others follow and that does not say which: a part of a listing is
 *   never taken for all of it
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
    if (page.IsTruncated === true && token === undefined) throw internalError("a listing without its rest");
  } while (token !== undefined);
}
