import { detached, type Uuid } from "../ids.ts";
import { mapConcurrent } from "../map-concurrent.ts";
import { addSeconds, type Seconds, toSeconds } from "../minutes.ts";
import type { OrganizationUsage, ResellerUsage } from "../usage/fold.ts";
import { writeChanged } from "./changed.ts";
import { type Manifest, type ManifestEntry, statementKey } from "./manifest.ts";
import { type Month, periodOf } from "./month.ts";
import { totalsOfRows } from "./row-totals.ts";
import { readStatement, type SnapshotStore } from "./snapshots.ts";
import { adjustmentsBetween, figuresHash, secondsOf, sha256, statementBytes } from "./statement.ts";

/** The statements of a revision. */
export interface Written {
  /** By reseller id. */
  readonly entries: readonly ManifestEntry[];
  /** Resellers and organizations in the statements, and figures that differ from the previous revision. */
  readonly resellers: number;
  readonly organizations: number;
  readonly adjustments: number;
}

/** Statements that are written at the same time: S3 answers each in tens of milliseconds. */
export const STATEMENTS_AT_ONCE = 32;

/** A reseller of this revision, of the previous one, or of both. */
interface Turn {
  readonly resellerId: Uuid;
  readonly organizations: readonly OrganizationUsage[];
  readonly before: ManifestEntry | undefined;
}

interface Target {
  readonly store: SnapshotStore;
  readonly progress: (statements: number) => void;
}

/**
 * Writes the statement of each reseller with organizations or adjustments, a few at once, as the resellers arrive.
 *
 * @param newest the manifest of the previous revision, if there is one
 */
export async function writeStatements(
  resellers: AsyncIterable<ResellerUsage>,
  month: Month,
  newest: Manifest | undefined,
  { store, progress }: Target,
): Promise<Written> {
  const revision = (newest?.revision ?? 0) + 1;
  const period = periodOf(month);
  const counts = { resellers: 0, organizations: 0, adjustments: 0 };
  const entries: ManifestEntry[] = [];

  async function write({ resellerId, organizations, before }: Turn): Promise<ManifestEntry | undefined> {
    const figures_sha256 = figuresHash(organizations);
    const isAdjusted = newest !== undefined && figures_sha256 !== (before?.figures_sha256 ?? figuresHash([]));
    const earlier = isAdjusted && before ? (await readStatement(store, before)).organizations : [];
    const adjustments = isAdjusted ? adjustmentsBetween(resellerId, earlier, organizations) : [];
    if (organizations.length === 0 && adjustments.length === 0) return undefined;
    counts.resellers += Number(organizations.length > 0);
    counts.organizations += organizations.length;
    counts.adjustments += adjustments.length;
    const bytes = statementBytes({ organizations, adjustments }, period);
    const hash = sha256(bytes);
    const key = statementKey(month, revision, resellerId, hash);
    const isChanged = newest === undefined ? figures_sha256 !== figuresHash([]) : isAdjusted;
    await Promise.all([
      store.create(key, bytes),
      isChanged ? writeChanged(store, resellerId, month, revision) : undefined,
    ]);
    const seconds = secondsOf(organizations);
    const { usageLines, adjustmentLines, adjustments: adjusted } = totalsOfRows(organizations, adjustments);
    return {
      reseller_id: detached(resellerId),
      key,
      sha256: hash,
      bytes: bytes.byteLength,
      seconds,
      figures_sha256,
      adjusted_seconds: adjusted,
      has_usage: organizations.length > 0,
      usage_lines: usageLines,
      adjustment_lines: adjustmentLines,
    };
  }

  const turns = inTurns(resellers, newest?.resellers ?? []);
  for await (const entry of mapConcurrent(turns, write, STATEMENTS_AT_ONCE)) {
    if (entry === undefined) continue;
    entries.push(entry);
    progress(entries.length);
  }
  return { entries, ...counts };
}

/** The sum of the statements. @throws ServiceError `internal_error` above 2^53 - 1 seconds */
export function secondsOfAll(entries: readonly ManifestEntry[]): Seconds {
  return entries.reduce((sum, { seconds }) => addSeconds(sum, toSeconds(seconds)), toSeconds(0));
}

/** Merges the resellers of this revision and of the previous one, both sorted by id, into one sequence. */
async function* inTurns(
  resellers: AsyncIterable<ResellerUsage>,
  entries: readonly ManifestEntry[],
): AsyncGenerator<Turn> {
  const left = entries[Symbol.iterator]();
  let before = left.next().value;
  for await (const { resellerId, organizations } of resellers) {
    while (before !== undefined && before.reseller_id < resellerId) {
      yield { resellerId: before.reseller_id, organizations: [], before };
      before = left.next().value;
    }
    const isSame = before?.reseller_id === resellerId;
    yield { resellerId, organizations, before: isSame ? before : undefined };
    if (isSame) before = left.next().value;
  }
  for (; before !== undefined; before = left.next().value) {
    yield { resellerId: before.reseller_id, organizations: [], before };
  }
}
