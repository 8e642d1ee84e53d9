import type { Query } from "../query.ts";
import type { StartInput } from "./calls.ts";

/** Where a query runs and leaves its result. */
export interface QueryPlace {
  readonly workgroup: string;
  readonly database: string;
  readonly catalog: string;
  /** `s3://…` for results, if the workgroup does not enforce a location. */
  readonly output: string | undefined;
}

/**
 * Renders the whole input of a query to Athena. Two queries of one text have the same result, as long as the data is the
 * same.
 */
export function athenaInput(
  settings: QueryPlace,
): (query: Pick<Query<unknown>, "text" | "parameters">) => string {
  return (query) => JSON.stringify(startInput(query, settings));
}

/** The input of StartQueryExecution, without its idempotency token. */
export function startInput(
  { text, parameters }: Pick<Query<unknown>, "text" | "parameters">,
  { workgroup, database, catalog, output }: QueryPlace,
): Omit<StartInput, "ClientRequestToken"> {
  return {
    QueryString: text,
    // Athena refuses an empty list.
    ...(parameters.length === 0 ? {} : { ExecutionParameters: [...parameters] }),
    QueryExecutionContext: { Catalog: catalog, Database: database },
    WorkGroup: workgroup,
    ...(output === undefined ? {} : { ResultConfiguration: { OutputLocation: output } }),
  };
}
