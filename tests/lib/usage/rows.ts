/** Builds rows of usage and reports from the few values that a case needs. */
import * as fc from "fast-check";
import type { Uuid } from "../../../lib/ids.ts";
import {
  foldReport,
  type OrganizationReport,
} from "../../../lib/reports/minutes-by-organization/organizations.ts";
import type { DirectoryNames, UsageRow, UsageTotal } from "../../../lib/usage/row.ts";
import { anyText } from "../arbitraries.ts";
import { arriving, periodOf, secondsOf, uuid, uuids } from "../valid.ts";

export const PERIOD = periodOf("2026-04-01", "2026-04-30");

/** The directory's entry if only a name is given. */
export function named(
  name: string | null,
  externalId: string | null = null,
  internalId: string | null = null,
) {
  return { name, externalId, internalId };
}

export function resellerRow(resellerId: Uuid, names: DirectoryNames = named(null)): UsageRow {
  return { level: "reseller", resellerId, names };
}

export function organizationRow(
  [resellerId, organizationId]: readonly [Uuid, Uuid],
  seconds = 0,
  names: DirectoryNames = named(null),
): UsageRow {
  return { level: "organization", resellerId, organizationId, names, seconds: secondsOf(seconds) };
}

export function agentRow(
  [resellerId, organizationId, agentId]: readonly [Uuid, Uuid, Uuid],
  seconds = 0,
  names: DirectoryNames = named(null),
): UsageRow {
  return { level: "agent", resellerId, organizationId, agentId, names, seconds: secondsOf(seconds) };
}

/** The total of the rows, as the query's last row. */
export function totalOf(rows: readonly UsageRow[]): UsageTotal {
  const seconds = rows.reduce((sum, row) => sum + BigInt("seconds" in row ? row.seconds : 0), 0n);
  return { level: "total", seconds, figures: rows.length };
}

/** The rows in the query's order. */
export function inOrder(rows: readonly UsageRow[]): UsageRow[] {
  const keyOf = (row: UsageRow) =>
    [row.resellerId, "organizationId" in row && row.organizationId, "agentId" in row && row.agentId].map(
      (id) => id || "",
    );
  return rows.toSorted((a, b) => (keyOf(a).join(" ") < keyOf(b).join(" ") ? -1 : 1));
}

/** The complete result with these rows, in pieces as it might arrive. */
export function resultOf(rows: readonly UsageRow[]): AsyncIterable<(UsageRow | UsageTotal)[]> {
  const half = Math.floor(rows.length / 2);
  return arriving([rows.slice(0, half), [], rows.slice(half), [totalOf(rows)]]);
}

/** The report of a complete result with these rows. */
export function reportOf(rows: readonly UsageRow[]): Promise<OrganizationReport> {
  return foldReport(resultOf(inOrder(rows)), PERIOD);
}

const anyNames = fc.record({
  name: fc.option(anyText),
  externalId: fc.option(anyText),
  internalId: fc.option(anyText),
});
const NIL = uuid("00000000-0000-0000-0000-000000000000");

/** Rows that the query may return: each key once, any level, any names, few ids and seconds, so that many tie. */
export const anyRows: fc.Arbitrary<UsageRow[]> = fc
  .uniqueArray(
    fc.record({
      reseller: fc.constantFrom(...uuids(3)),
      organization: fc.option(fc.constantFrom(...uuids(3)), { freq: 8 }),
      agent: fc.option(fc.constantFrom(NIL, ...uuids(6)), { freq: 4 }),
      seconds: fc.oneof(fc.nat(3), fc.nat(100_000)),
      names: anyNames,
    }),
    {
      selector: ({ reseller, organization, agent }) => `${reseller} ${organization} ${organization && agent}`,
    },
  )
  .map((rows) =>
    rows.map(({ reseller, organization, agent, seconds, names }) => {
      if (organization === null) return resellerRow(reseller, names);
      if (agent === null) return organizationRow([reseller, organization], seconds, names);
      return agentRow([reseller, organization, agent], seconds, names);
    }),
  );
