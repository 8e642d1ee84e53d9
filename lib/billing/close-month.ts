import { type Day, dayRanges } from "../period.ts";
import type { Querier, RunOptions } from "../query.ts";
import type { AllResellers } from "../scope/all-resellers.ts";
import type { ResellerUsage } from "../usage/fold.ts";
import type { AllowedFinding, Finding } from "./findings.ts";
import { writeHead } from "./heads.ts";
import { isSettled, lastLook, writeLook } from "./looks.ts";
import { type Manifest, manifestBytes, manifestKey } from "./manifest.ts";
import { closableFrom, daysOf, type Instant, type Month } from "./month.ts";
import { type DayRow, monthQuery } from "./query.ts";
import { readMonth } from "./read-month.ts";
import { SnapshotError } from "./snapshot-error.ts";
import type { AllowedDay, SnapshotRequest } from "./snapshot-event.ts";
import { newestRevision, type Revision, type SnapshotStore } from "./snapshots.ts";
import { allowFindings, findingsOf, hasArrived, requireSound } from "./soundness.ts";
import { figuresHash, sha256 } from "./statement.ts";
import { secondsOfAll, type Written, writeStatements } from "./write-statements.ts";

export interface ClosingDependencies {
  readonly scope: AllResellers;
  readonly store: SnapshotStore;
  /** Runs an identical query only once, however often it is requested; the result is read again. */
  readonly query: Querier;
  readonly options: RunOptions;
  readonly graceDays: number;
  /** How many findings a month may have that nobody has allowed. */
  readonly toleratedBrokenRecords: number;
  /** The lake's first day; days before it have no data and need none. */
  readonly earliestDate: Day;
  /** The digest of the month's files; undefined if the lake is not listed, and then every run queries. */
  readonly listing?: ((month: Month) => Promise<string>) | undefined;
  /** Receives the number of statements written so far. */
  readonly progress: (statements: number) => void;
}

/** The result of a successful run. */
export type Outcome =
  /** Nothing was done: it is too early, or the lake begins after the month. */
  | { readonly outcome: "in_grace"; readonly period: Month; readonly closable_from: Instant }
  | { readonly outcome: "before_lake"; readonly period: Month }
  /** The newest revision is unchanged: it is as new as the run, or has the same figures. */
  | ({ readonly outcome: "unchanged" } & Standing)
  /** The first revision, or a later one, was written. */
  | ({
      readonly outcome: "closed" | "revised";
      readonly statements: number;
      readonly adjustments: number;
    } & Standing);

/** The newest revision of the month. */
interface Standing {
  readonly period: Month;
  readonly revision: number;
  readonly as_of: Instant;
  /** Key of its manifest. */
  readonly manifest: string;
}

/**
 * Closes a month, or revises it if its figures differ from those of its newest revision. The manifest is written last
 * and creates the revision. Objects without a manifest do not count, so a run that is interrupted does no harm.
 *
 * @throws SnapshotError `month_incomplete`, `month_unsound` before anything is written; `invalid_event`,
 * `snapshot_conflict`, `snapshot_damaged`
 * @throws ServiceError if the query fails
 */
export async function closeMonth(
  request: SnapshotRequest,
  dependencies: ClosingDependencies,
): Promise<Outcome> {
  const { month, asOf, futureFrom } = request;
  const { scope, store, query, options, graceDays, earliestDate } = dependencies;
  const required = daysOf(month).filter((day) => day >= earliestDate);
  if (required.length === 0) return beforeLake(request, earliestDate);
  const closable_from = closableFrom(month, graceDays);
  if (asOf < closable_from) return { outcome: "in_grace", period: month, closable_from };

  const newest = await newestRevision(store, month);
  if (newest !== undefined && newest.manifest.as_of >= asOf) return alreadyAsNew(request, newest);

  // Listed before the query. If a file arrives between the two, the next run sees it.
  const listing = await dependencies.listing?.(month);
  if (newest !== undefined && listing !== undefined && request.isScheduled) {
    const last = await lastLook(store, newest.manifest);
    if (isSettled(last, listing, asOf)) return standing("unchanged", newest.manifest);
  }

  const allowed = allowedDays(request, newest);
  let records: MonthRecords = { days: [], findings: [], allowedFindings: [] };
  const refusal = `${month} is not ${newest === undefined ? "closed" : "revised"}`;
  const accept = (days: readonly DayRow[]) => {
    requireComplete(refusal, required, days.filter(hasArrived), allowed);
    const findings = findingsOf(days);
    const allowedFindings = allowedOf(request, newest, findings);
    requireSound(refusal, findings, allowedFindings, dependencies.toleratedBrokenRecords);
    records = { days, findings, allowedFindings };
  };
  const usage = monthQuery({ scope, month, asOf, futureFrom, listing });
  const read = () => readMonth(query(usage, options), accept);
  if (newest !== undefined) {
    if (!(await differs(read(), newest.manifest))) {
      await markLook(store, request, newest, listing, records.days);
      return standing("unchanged", newest.manifest);
    }
    if (request.shrunkReason === undefined) requireNotShrunk(month, newest.manifest, records.days);
  }

  const written = await writeStatements(read(), month, newest?.manifest, dependencies);
  const manifest = manifestOf(request, newest, allowed, { ...records, listing }, written);
  await commit(store, manifest);
  await writeHead(store, { manifest, sha256: sha256(manifestBytes(manifest)) });
  return {
    ...standing(newest === undefined ? "closed" : "revised", manifest),
    statements: written.entries.length,
    adjustments: written.adjustments,
  };
}

/** Notes that the figures have not changed, so that the month is not queried again while its files stay the same. */
async function markLook(
  store: SnapshotStore,
  { month, asOf }: SnapshotRequest,
  { manifest }: Revision,
  listing: string | undefined,
  days: readonly DayRow[],
): Promise<void> {
  if (listing === undefined) return;
  await writeLook(store, {
    schema_version: 1,
    period: month,
    revision: manifest.revision,
    as_of: asOf,
    listing_sha256: listing,
    earliest_left_out: earliestLeftOut(days),
  });
}

function earliestLeftOut(days: readonly DayRow[]): Instant | null {
  const instants = days.map(({ leftOutAt }) => leftOutAt).filter((at) => at !== undefined);
  return instants.sort().at(0) ?? null;
}

/** Returns the days with fewer calls than in the previous revision. Manifests of version 1 do not have the counts. */
function shrunkDays({ calls_per_day }: Manifest, days: readonly DayRow[]): Manifest["calls_per_day"] {
  const now = new Map(days.map(({ day, calls }) => [day, calls]));
  return calls_per_day.filter(({ day, calls }) => (now.get(day) ?? 0) < calls);
}

/** @throws SnapshotError `month_shrunk`: somebody may be rewriting the lake at this moment */
function requireNotShrunk(month: Month, before: Manifest, days: readonly DayRow[]): void {
  const shrunk = shrunkDays(before, days).map(({ day }) => day);
  if (shrunk.length === 0) return;
  throw new SnapshotError(
    "month_shrunk",
    `${month} is not revised: these days have fewer calls than in revision ${before.revision}: ${dayRanges(shrunk).join(", ")}. Find out whether the data is complete. If these calls are truly gone, run by hand with allow_shrunk and a reason.`,
  );
}

/** Whether any figure differs from the manifest's revision; names are ignored. */
async function differs(
  resellers: AsyncIterable<ResellerUsage>,
  { resellers: entries }: Manifest,
): Promise<boolean> {
  const left = new Map(entries.map((entry) => [entry.reseller_id, entry.figures_sha256]));
  const nothing = figuresHash([]);
  for await (const { resellerId, organizations } of resellers) {
    if (figuresHash(organizations) !== (left.get(resellerId) ?? nothing)) return true;
    left.delete(resellerId);
  }
  return [...left.values()].some((figures) => figures !== nothing);
}

/**
 * @param refusal what the message begins with
 * @throws SnapshotError `month_incomplete` with the missing days that nobody allowed
 */
function requireComplete(
  refusal: string,
  required: readonly Day[],
  found: readonly DayRow[],
  allowed: readonly AllowedDay[],
): void {
  const present = new Set([...found, ...allowed].map(({ day }) => day));
  const missing = required.filter((day) => !present.has(day));
  if (missing.length === 0) return;
  throw new SnapshotError(
    "month_incomplete",
    `${refusal}: no record has arrived for ${dayRanges(missing).join(", ")}. Find out why. If a day truly had no call, run by hand with allow_missing_days and a reason.`,
  );
}

/** Days that were allowed for earlier revisions stay allowed. A new reason replaces an earlier one. */
function allowedDays({ allowedMissingDays }: SnapshotRequest, newest: Revision | undefined): AllowedDay[] {
  const all = [...(newest?.manifest.allowed_missing_days ?? []), ...allowedMissingDays];
  return [...new Map(all.map((allowed) => [allowed.day, allowed])).values()].sort((a, b) =>
    a.day < b.day ? -1 : 1,
  );
}

/** Like days: what was allowed for earlier revisions stays allowed, up to the counts of that time. */
function allowedOf(
  { allowedFindings }: SnapshotRequest,
  newest: Revision | undefined,
  findings: readonly Finding[],
): AllowedFinding[] {
  const { kinds = [], reason = "" } = allowedFindings ?? {};
  return allowFindings(findings, kinds, reason, newest?.manifest.allowed_findings ?? []);
}

/** The query's findings about the month's records. */
interface MonthRecords {
  readonly days: readonly DayRow[];
  readonly findings: readonly Finding[];
  readonly allowedFindings: readonly AllowedFinding[];
  readonly listing?: string | undefined;
}

function manifestOf(
  { month, asOf, shrunkReason }: SnapshotRequest,
  newest: Revision | undefined,
  allowed: readonly AllowedDay[],
  { days, findings, allowedFindings, listing }: MonthRecords,
  { entries, organizations, resellers }: Written,
): Manifest {
  const sumOf = (count: (day: DayRow) => number) => days.reduce((sum, day) => sum + count(day), 0);
  return {
    schema_version: 2,
    period: month,
    revision: (newest?.manifest.revision ?? 0) + 1,
    supersedes: newest === undefined ? null : { revision: newest.manifest.revision, sha256: newest.sha256 },
    as_of: asOf,
    allowed_missing_days: allowed.map(({ day, reason }) => ({ day, reason })),
    allowed_findings: allowedFindings.map(({ day, kind, count, reason }) => ({ day, kind, count, reason })),
    allowed_shrunk_days:
      newest === undefined || shrunkReason === undefined
        ? []
        : shrunkDays(newest.manifest, days).map(({ day }) => ({ day, reason: shrunkReason })),
    listing_sha256: listing ?? null,
    earliest_left_out: earliestLeftOut(days),
    calls_per_day: days.filter(({ calls }) => calls > 0).map(({ day, calls }) => ({ day, calls })),
    totals: { seconds: secondsOfAll(entries), calls: sumOf(({ calls }) => calls), organizations, resellers },
    quality: {
      copies: sumOf(({ quality }) => quality.copies),
      corrections: sumOf(({ quality }) => quality.corrections),
      calls_without_agent: sumOf(({ quality }) => quality.callsWithoutAgent),
      calls_in_progress: sumOf(({ quality }) => quality.callsInProgress),
      negative_durations: sumOf(({ quality }) => quality.negativeDurations),
      findings: findings.map(({ day, kind, count }) => ({ day, kind, count })),
    },
    resellers: [...entries],
  };
}

/** The commit point. An existing manifest may be this run's own, whose answer was lost. */
async function commit(store: SnapshotStore, manifest: Manifest): Promise<void> {
  const key = manifestKey(manifest.period, manifest.revision);
  const bytes = manifestBytes(manifest);
  if ((await store.create(key, bytes)) === "created") return;
  const present = await store.get(key);
  if (present !== undefined && sha256(present) === sha256(bytes)) return;
  throw new SnapshotError(
    "snapshot_conflict",
    `Another run wrote revision ${manifest.revision} of ${manifest.period} first, and that revision is kept. Run again to compare with it.`,
  );
}

function beforeLake({ isScheduled, month }: SnapshotRequest, earliestDate: Day): Outcome {
  if (isScheduled) return { outcome: "before_lake", period: month };
  throw new SnapshotError("invalid_event", `period: the lake begins on ${earliestDate}, after ${month}.`);
}

function alreadyAsNew({ isScheduled, month }: SnapshotRequest, { manifest }: Revision): Outcome {
  if (isScheduled) return standing("unchanged", manifest);
  const { revision, as_of } = manifest;
  throw new SnapshotError(
    "invalid_event",
    `as_of: revision ${revision} of ${month} already counts the records written before ${as_of}. Give a later instant.`,
  );
}

function standing<Kind extends "unchanged" | "closed" | "revised">(
  outcome: Kind,
  { period, revision, as_of }: Manifest,
) {
  return { outcome, period, revision, as_of, manifest: manifestKey(period, revision) };
}
