import * as z from "zod/mini";
import { internalError } from "../errors.ts";
import { isUuid, type Uuid } from "../ids.ts";
import { type Seconds, toSeconds } from "../minutes.ts";

/** Names as the directory has them; any may be null or blank. */
export interface DirectoryNames {
  readonly name: string | null;
  readonly externalId: string | null;
  readonly internalId: string | null;
}

/**
 * One row of usage, at one of three levels. Each key appears once.
 *
 * - `reseller`: what the directory says of a reseller.
 * - `organization`: an organization under its reseller, with the seconds of its calls without an agent.
 * - `agent`: an agent under its organization, with the seconds of its calls.
 *
 * An organization or agent that the directory does not have has null names; it may also lack its
 * `organization` row, where all its calls had agents. Rows come ordered by reseller, then organization.
 */
export type UsageRow =
  | { readonly level: "reseller"; readonly resellerId: Uuid; readonly names: DirectoryNames }
  | {
      readonly level: "organization";
      readonly resellerId: Uuid;
      readonly organizationId: Uuid;
      readonly names: DirectoryNames;
      readonly seconds: Seconds;
    }
  | {
      readonly level: "agent";
      readonly resellerId: Uuid;
      readonly organizationId: Uuid;
      readonly agentId: Uuid;
      readonly names: DirectoryNames;
      readonly seconds: Seconds;
    };

/** The last row of a result: the sum of the others' seconds, and how many they are. */
export interface UsageTotal {
  readonly level: "total";
  readonly seconds: bigint;
  readonly figures: number;
}

/** The result's columns, in order. The id columns that are null tell the row's level. */
export const USAGE_COLUMNS = [
  "reseller_id",
  "organization_id",
  "agent_id",
  "seconds",
  "figures",
  "name",
  "external_id",
  "internal_id",
] as const;

const uuid = z.custom<Uuid>((cell) => typeof cell === "string" && isUuid(cell), "not a UUID in lower case");
const wholeNumber = z.string().check(z.regex(/^[0-9]{1,19}$/, "not a whole number"));
const text = z.nullable(z.string());

const usageCells = z.tuple([
  z.nullable(uuid),
  z.nullable(uuid),
  z.nullable(uuid),
  wholeNumber,
  wholeNumber,
  text,
  text,
  text,
]);

/**
 * Reads one row of the usage query; the one without ids is the total.
 *
 * @throws when the row is not one that the query can give: a column too few or too many, an id that is no
 *   UUID, seconds that are no whole number from 0 to 2^53 - 1, usage that belongs to no organization
 */
export function parseUsageRow(cells: readonly (string | null)[]): UsageRow | UsageTotal {
  const [resellerId, organizationId, agentId, sum, figures, name, externalId, internalId] =
    usageCells.parse(cells);
  if (resellerId === null) {
    if (organizationId !== null || agentId !== null) throw new TypeError("usage that belongs to no reseller");
    return { level: "total", seconds: BigInt(sum), figures: Number(figures) };
  }
  const names = { name, externalId, internalId };
  const seconds = toSeconds(Number(sum));
  if (organizationId === null) {
    if (agentId !== null || seconds !== 0) throw new TypeError("usage that belongs to no organization");
    return { level: "reseller", resellerId, names };
  }
  if (agentId === null) return { level: "organization", resellerId, organizationId, names, seconds };
  return { level: "agent", resellerId, organizationId, agentId, names, seconds };
}

/**
 * The rows of a whole result, without its last, the total.
 *
 * @throws ServiceError `internal_error` at the end when the total is missing or is not the total: a result
 *   that lost rows, or has some twice
 */
export async function* wholeUsage(rows: AsyncIterable<UsageRow | UsageTotal>): AsyncGenerator<UsageRow> {
  let total: UsageTotal | undefined;
  let seconds = 0n;
  let figures = 0;
  for await (const row of rows) {
    if (total !== undefined) throw internalError("the result goes on after its total");
    if (row.level === "total") {
      total = row;
      continue;
    }
    figures += 1;
    if (row.level !== "reseller") seconds += BigInt(row.seconds);
    yield row;
  }
  if (total?.seconds !== seconds || total.figures !== figures) {
    throw internalError("the result is not whole: its rows are not what its total says");
  }
}
