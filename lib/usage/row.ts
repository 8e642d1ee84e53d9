import { internalError } from "../errors.ts";
import { isUuid, type Uuid } from "../ids.ts";
import { type Seconds, toSeconds } from "../minutes.ts";

/** Names from the directory. Any may be null or blank. */
export interface DirectoryNames {
  readonly name: string | null;
  readonly externalId: string | null;
  readonly internalId: string | null;
}

/**
 * One row of usage, at one of three levels. Each key appears once.
 *
 * - `reseller`: the directory's entry of a reseller.
 * - `organization`: an organization under its reseller, with the seconds of its calls without an agent.
 * - `agent`: an agent under its organization, with the seconds of its calls.
 *
 * An organization or agent that is not in the directory has null names. It may also lack its `organization` row, if
 * all its calls had agents. Rows are ordered by reseller, then organization.
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

/** The last row of a result: the sum of the others' seconds, and their number. */
export interface UsageTotal {
  readonly level: "total";
  readonly seconds: bigint;
  readonly figures: number;
}

/** The result's columns, in order. Which id columns are null determines the row's level. */
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

/**
 * Reads the rows of one run of the usage query, in order; the row without ids is the total. An id that equals the one
 * in the row before is the same object and is validated once, because most ids of a row repeat.
 *
 * @param width number of columns in a row, the usage's first
 * @throws if the query cannot produce the row: a wrong number of columns, an invalid UUID, invalid seconds, or usage
 * without an organization
 */
export function usageRowReader(
  width: number = USAGE_COLUMNS.length,
): (cells: readonly (string | null)[]) => UsageRow | UsageTotal {
  let lastReseller: Uuid | null = null;
  let lastOrganization: Uuid | null = null;
  return (cells) => {
    if (cells.length !== width) throw new TypeError("the row has the wrong number of columns");
    if (cells[0] !== lastReseller) lastReseller = uuidOrNull("reseller_id", cells[0]);
    if (cells[1] !== lastOrganization) lastOrganization = uuidOrNull("organization_id", cells[1]);
    return readRow(cells, lastReseller, lastOrganization);
  };
}

function readRow(
  cells: readonly (string | null)[],
  resellerId: Uuid | null,
  organizationId: Uuid | null,
): UsageRow | UsageTotal {
  const agentId = uuidOrNull("agent_id", cells[2]);
  const sum = digits(cells[3]);
  if (resellerId === null) {
    if (organizationId !== null || agentId !== null) throw new TypeError("usage without a reseller");
    return { level: "total", seconds: BigInt(sum), figures: Number(digits(cells[4])) };
  }
  if (cells[4] !== "1") throw new TypeError("expected exactly one grouped row");
  const names = { name: cells[5] ?? null, externalId: cells[6] ?? null, internalId: cells[7] ?? null };
  const seconds = toSeconds(Number(sum));
  if (organizationId === null) {
    if (agentId !== null || seconds !== 0) throw new TypeError("usage without an organization");
    return { level: "reseller", resellerId, names };
  }
  if (agentId === null) return { level: "organization", resellerId, organizationId, names, seconds };
  return { level: "agent", resellerId, organizationId, agentId, names, seconds };
}

/** The message names the column but never the value, because the log must not contain data. */
function uuidOrNull(column: string, cell: string | null | undefined): Uuid | null {
  if (cell === null) return null;
  if (cell !== undefined && isUuid(cell)) return cell;
  throw new TypeError(`${column} is not a lower-case UUID`);
}

/** Returns the text of a cell with a nonnegative whole number. @throws TypeError for any other cell */
export function digits(cell: string | null | undefined): string {
  if (typeof cell === "string" && /^[0-9]{1,19}$/.test(cell)) return cell;
  throw new TypeError("not a whole number");
}

/** Returns the number of a cell with a whole number from 0 to 2^53 - 1. @throws TypeError for any other cell */
export function toCount(cell: string | null | undefined): number {
  const count = Number(digits(cell));
  if (!Number.isSafeInteger(count)) throw new TypeError("a count beyond 2^53 - 1");
  return count;
}

/** Adds seconds exactly, even above 2^53 - 1. */
export interface ExactSum {
  readonly add: (seconds: Seconds) => void;
  readonly total: () => bigint;
}

export function exactSum(): ExactSum {
  let whole = 0n;
  let pending = 0;
  return {
    add: (seconds) => {
      // Uses numbers as long as they are exact, which is four times as fast.
      if (Number.isSafeInteger(pending + seconds)) pending += seconds;
      else {
        whole += BigInt(pending);
        pending = seconds;
      }
    },
    total: () => whole + BigInt(pending),
  };
}

/**
 * Yields the rows of a result without its total, and verifies that total, so that a lost row is noticed.
 *
 * @throws ServiceError `internal_error` if the total is missing, differs from the rows, or is not the last row
 */
export async function* verifyTotals(
  batches: AsyncIterable<readonly (UsageRow | UsageTotal)[]>,
): AsyncGenerator<UsageRow[]> {
  const sum = exactSum();
  let figures = 0;
  let total: UsageTotal | undefined;
  for await (const batch of batches) {
    const rows: UsageRow[] = [];
    for (const row of batch) {
      if (total !== undefined) throw internalError("the result has rows after its total row");
      if (row.level === "total") total = row;
      else {
        if (row.level !== "reseller") sum.add(row.seconds);
        rows.push(row);
      }
    }
    figures += rows.length;
    yield rows;
  }
  if (total?.seconds !== sum.total() || total.figures !== figures) {
    throw internalError("the result is incomplete: its rows do not add up to its total row");
  }
}
