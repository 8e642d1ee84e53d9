import { SnapshotError } from "./snapshot-error.ts";
import { type ReadableStore, type Revision, readStatements, revisionOf } from "./snapshots.ts";
import type { Adjustment, Statement } from "./statement.ts";

/** An adjustment with the names of its line. */
export interface NamedAdjustment extends Adjustment {
  readonly organizationName: string;
  readonly resellerName: string;
  readonly agentName: string;
}

type Names = Pick<NamedAdjustment, "organizationName" | "resellerName" | "agentName">;

/**
 * Adds the names to the adjustments of a revision. They come from the revision or, for a line that it no longer has,
 * from the previous revision, which is read only for such lines.
 *
 * @param statements of the revision, of every reseller of the adjustments
 * @throws SnapshotError `snapshot_damaged` if the previous revision is not the one that the manifest names, or is
 * damaged
 */
export async function nameAdjustments(
  store: ReadableStore,
  { manifest }: Revision,
  statements: readonly Statement[],
  adjustments: readonly Adjustment[],
): Promise<NamedAdjustment[]> {
  const known = namesIn(statements);
  const gone = adjustments.filter((row) => !known.has(lineOf(row)));
  if (gone.length > 0) {
    const before = await revisionBefore(store, manifest);
    const owners = [...new Set(gone.map(({ resellerId }) => resellerId))];
    for (const [line, names] of namesIn(await readStatements(store, before.manifest, owners)))
      if (!known.has(line)) known.set(line, names);
  }
  return adjustments.map((row) => ({ ...row, ...(known.get(lineOf(row)) ?? idsOf(row)) }));
}

async function revisionBefore(
  store: ReadableStore,
  { period, revision, supersedes }: Revision["manifest"],
): Promise<Revision> {
  const before = supersedes === null ? undefined : await revisionOf(store, period, supersedes.revision);
  if (before !== undefined && before.sha256 === supersedes?.sha256) return before;
  throw new SnapshotError(
    "snapshot_damaged",
    `The predecessor of revision ${revision} of ${period} is not the one that its manifest names.`,
  );
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

function idsOf({ organizationId, resellerId, agentId }: Adjustment): Names {
  return { organizationName: organizationId, resellerName: resellerId, agentName: agentId };
}

function lineOf(line: Pick<Adjustment, "resellerId" | "organizationId" | "agentId">): string {
  return `${line.resellerId} ${line.organizationId} ${line.agentId}`;
}
