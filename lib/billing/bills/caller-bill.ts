import type { Uuid } from "../../ids.ts";
import { type SignedSeconds, sumSigned, toSignedSeconds } from "../../minutes.ts";
import { inReportOrder, type OrganizationUsage } from "../../usage/fold.ts";
import type { Month } from "../month.ts";
import { SnapshotError } from "../snapshot-error.ts";
import { type ReadableStore, type Revision, readStatements, revisionOf } from "../snapshots.ts";
import type { Adjustment, Statement } from "../statement.ts";
import type { Bill, BillSource } from "./bill.ts";
import type { Chain } from "./chain.ts";

/** The rows of a bill that are the caller's. */
export interface CallerBill {
  readonly bill: Bill;
  readonly usage: readonly BilledUsage[];
  readonly adjustments: readonly BilledAdjustment[];
}

/** The usage of a month that a bill bills. */
export interface BilledUsage {
  readonly period: Month;
  readonly revision: number;
  readonly organizations: readonly OrganizationUsage[];
}

/** An adjustment that a bill names, under the names of its revision, or of the one before where the line is gone. */
export interface BilledAdjustment extends Adjustment {
  readonly period: Month;
  readonly revision: number;
  /** The number of the bill that billed the month's usage. */
  readonly originalBill: number;
  readonly organizationName: string;
  readonly resellerName: string;
  readonly agentName: string;
}

/** The caller's rows of a bill, counted and added up. */
export interface BillTotals {
  readonly usageLines: number;
  readonly usage: SignedSeconds;
  readonly adjustmentLines: number;
  readonly adjustments: SignedSeconds;
  readonly all: SignedSeconds;
}

/**
 * Reads the caller's rows of a bill from the statements of its sources.
 *
 * @param chain that the bill is in
 * @throws SnapshotError `snapshot_damaged` when a source or a statement of the caller is not what the bill names
 */
export async function readCallerBill(
  store: ReadableStore,
  chain: Chain,
  bill: Bill,
  resellerIds: readonly Uuid[],
): Promise<CallerBill> {
  const usage: BilledUsage[] = [];
  const adjustments: BilledAdjustment[] = [];
  const originals = originalBills(chain);
  for (const source of bill.sources) {
    const { period, revision } = source;
    const statements = await statementsOf(store, source, resellerIds);
    if (source.kind === "usage") {
      const organizations = statements.flatMap((statement) => statement.organizations).sort(inReportOrder);
      if (organizations.length > 0) usage.push({ period, revision, organizations });
      continue;
    }
    const rows = statements.flatMap((statement) => statement.adjustments);
    if (rows.length === 0) continue;
    const names = await namesOf(store, source, statements, rows);
    const originalBill = originals.get(period) ?? bill.number;
    for (const row of rows) adjustments.push({ ...row, ...names(row), period, revision, originalBill });
  }
  return { bill, usage, adjustments };
}

/** Computed from the caller's rows alone. */
export function totalsOf({ usage, adjustments }: Pick<CallerBill, "usage" | "adjustments">): BillTotals {
  const organizations = usage.flatMap((month) => month.organizations);
  const seconds = sumSigned(organizations.map((organization) => organization.seconds));
  const adjusted = sumSigned(adjustments.map(deltaOf));
  return {
    usageLines: organizations.reduce((sum, { agents }) => sum + agents.length, 0),
    usage: seconds,
    adjustmentLines: adjustments.length,
    adjustments: adjusted,
    all: sumSigned([seconds, adjusted]),
  };
}

export function deltaOf({ before, after }: Adjustment): SignedSeconds {
  return toSignedSeconds(after - before);
}

/** The number of the bill that bills each month's usage. */
export function originalBills({ bills }: Chain): ReadonlyMap<Month, number> {
  return new Map(
    bills.flatMap(({ bill }) =>
      bill.sources
        .filter(({ kind }) => kind === "usage")
        .map(({ period }): [Month, number] => [period, bill.number]),
    ),
  );
}

async function statementsOf(
  store: ReadableStore,
  { period, revision, sha256 }: BillSource,
  resellerIds: readonly Uuid[],
): Promise<Statement[]> {
  const found = await requireRevision(store, period, revision);
  if (found.sha256 !== sha256)
    throw new SnapshotError(
      "snapshot_damaged",
      `The manifest of ${period}, revision ${revision}, is not the one that was billed.`,
    );
  return readStatements(store, found.manifest, resellerIds);
}

async function requireRevision(store: ReadableStore, period: Month, revision: number): Promise<Revision> {
  const found = await revisionOf(store, period, revision);
  if (found !== undefined) return found;
  throw new SnapshotError("snapshot_damaged", `The manifest of ${period}, revision ${revision}, is missing.`);
}

interface Names {
  readonly organizationName: string;
  readonly resellerName: string;
  readonly agentName: string;
}

/** Looks up the names of adjusted lines; the revision before is read only where a line is gone. */
async function namesOf(
  store: ReadableStore,
  { period, revision }: BillSource,
  statements: readonly Statement[],
  rows: readonly Adjustment[],
): Promise<(row: Adjustment) => Names> {
  const known = namesIn(statements);
  if (rows.some((row) => !known.has(lineOf(row)))) {
    const { manifest } = await requireRevision(store, period, revision - 1);
    const own = [...new Set(rows.map(({ resellerId }) => resellerId))];
    for (const [line, names] of namesIn(await readStatements(store, manifest, own)))
      if (!known.has(line)) known.set(line, names);
  }
  return (row) =>
    known.get(lineOf(row)) ?? {
      organizationName: row.organizationId,
      resellerName: row.resellerId,
      agentName: row.agentId,
    };
}

function namesIn(statements: readonly Statement[]): Map<string, Names> {
  const names = new Map<string, Names>();
  for (const { organizations } of statements) {
    for (const organization of organizations) {
      const { organizationName, resellerName } = organization;
      for (const { agentId, agentName } of organization.agents)
        names.set(lineOf({ ...organization, agentId }), { organizationName, resellerName, agentName });
    }
  }
  return names;
}

function lineOf(line: Pick<Adjustment, "resellerId" | "organizationId" | "agentId">): string {
  return `${line.resellerId} ${line.organizationId} ${line.agentId}`;
}
