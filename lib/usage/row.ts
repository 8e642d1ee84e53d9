import * as z from "zod/mini";
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
 * `organization` row, where all its calls had agents.
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

/** The result's columns, in order. The id columns that are null tell the row's level. */
export const USAGE_COLUMNS = [
  "reseller_id",
  "organization_id",
  "agent_id",
  "seconds",
  "name",
  "external_id",
  "internal_id",
] as const;

const uuid = z.custom<Uuid>((cell) => typeof cell === "string" && isUuid(cell), "not a UUID in lower case");
const seconds = z.pipe(
  z.string().check(z.regex(/^[0-9]{1,16}$/, "not a whole number of seconds")),
  z.transform((digits) => toSeconds(Number(digits))),
);
const text = z.nullable(z.string());

const usageCells = z.tuple([uuid, z.nullable(uuid), z.nullable(uuid), seconds, text, text, text]);

/**
 * Reads one row of the usage query.
 *
 * @throws when the row is not one that the query can give: a column too few or too many, an id that is no
 *   UUID, seconds that are no whole number from 0 to 2^53 - 1, usage that belongs to no organization
 */
export function parseUsageRow(cells: readonly (string | null)[]): UsageRow {
  const [resellerId, organizationId, agentId, total, name, externalId, internalId] = usageCells.parse(cells);
  const names = { name, externalId, internalId };
  if (organizationId === null) {
    if (agentId !== null || total !== 0) throw new TypeError("usage that belongs to no organization");
    return { level: "reseller", resellerId, names };
  }
  if (agentId === null) return { level: "organization", resellerId, organizationId, names, seconds: total };
  return { level: "agent", resellerId, organizationId, agentId, names, seconds: total };
}
