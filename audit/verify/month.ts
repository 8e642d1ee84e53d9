import * as z from "zod";
import {
  type Manifest,
  type ManifestEntry,
  manifestKey,
  parseManifest,
  statementKey,
} from "../../lib/billing/manifest.ts";
import { endOf, type Month, periodOf, toMilliseconds } from "../../lib/billing/month.ts";
import { figuresHash, parseStatement, type Statement, sha256 } from "../../lib/billing/statement.ts";
import { mapConcurrent } from "../../lib/map-concurrent.ts";
import type { AuditedBucket } from "./bucket.ts";

/** A revision as the check found it. */
export interface CheckedRevision {
  readonly manifest: Manifest;
  /** Of the manifest's bytes. */
  readonly sha256: string;
}

/** Seconds by `organization agent`, without zeros. */
type Figures = ReadonlyMap<string, number>;

/** Seconds by reseller, of the previous revision; undefined for a statement that cannot be read. */
type FiguresByReseller = ReadonlyMap<string, Figures | undefined>;

type Tell = (finding: string) => void;

const STATEMENTS_AT_ONCE = 16;

const statementPeriod = z.object({ period: z.object({ start_date: z.string(), end_date: z.string() }) });

/**
 * Checks every revision of a month: its manifest, each statement that it names, and its adjustments against the
 * difference from the previous revision.
 *
 * @param numbers of the revisions that have a manifest, ascending
 * @param tell receives each finding
 * @returns the revisions whose manifests can be read, by number
 */
export async function checkMonth(
  bucket: AuditedBucket,
  month: Month,
  numbers: readonly number[],
  tell: Tell,
): Promise<Map<number, CheckedRevision>> {
  const revisions = new Map<number, CheckedRevision>();
  let before: CheckedRevision | undefined;
  let figures: FiguresByReseller = new Map();
  for (const [index, number] of numbers.entries()) {
    const tellOf: Tell = (finding) => tell(`revision ${number}: ${finding}`);
    if (number !== index + 1) tell(`revision ${index + 1} is missing`);
    const revision = await readRevision(bucket, month, number, tellOf);
    if (revision === undefined) {
      before = undefined;
      figures = new Map();
      continue;
    }
    revisions.set(number, revision);
    checkSuccession(revision.manifest, before, tellOf);
    figures = await checkStatements(bucket, revision.manifest, figures, tellOf);
    before = revision;
  }
  return revisions;
}

async function readRevision(
  bucket: AuditedBucket,
  month: Month,
  number: number,
  tell: Tell,
): Promise<CheckedRevision | undefined> {
  const bytes = await bucket.get(manifestKey(month, number));
  if (bytes === undefined) return told(tell, "the manifest is missing");
  try {
    const manifest = parseManifest(bytes);
    if (manifest.period !== month || manifest.revision !== number)
      return told(tell, `the manifest belongs to revision ${manifest.revision} of ${manifest.period}`);
    return { manifest, sha256: sha256(bytes) };
  } catch {
    return told(tell, "the manifest is not valid");
  }
}

function told(tell: Tell, finding: string): undefined {
  tell(finding);
}

function checkSuccession(
  { period, revision, supersedes, as_of }: Manifest,
  before: CheckedRevision | undefined,
  tell: Tell,
): void {
  if (toMilliseconds(as_of) < endOf(period)) tell("as_of is before the end of the month");
  if (revision === 1) {
    if (supersedes !== null) tell("the first revision supersedes another");
    return;
  }
  if (before === undefined) return tell("it cannot be compared with the previous revision");
  if (supersedes?.revision !== revision - 1 || supersedes.sha256 !== before.sha256)
    tell("supersedes does not match the manifest of the previous revision");
  if (as_of <= before.manifest.as_of) tell("as_of is not later than that of the previous revision");
}

/** @returns the revision's figures */
async function checkStatements(
  bucket: AuditedBucket,
  manifest: Manifest,
  before: FiguresByReseller,
  tell: Tell,
): Promise<FiguresByReseller> {
  const after = new Map<string, Figures | undefined>();
  const counts = { seconds: 0, resellers: 0, organizations: 0, adjustments: 0 };
  let last = "";
  const read = (entry: ManifestEntry) => readStatement(bucket, manifest, entry, tell);
  for await (const { entry, statement } of mapConcurrent(manifest.resellers, read, STATEMENTS_AT_ONCE)) {
    const { reseller_id: reseller, seconds } = entry;
    if (reseller <= last) tell(`reseller ${reseller} is listed twice or out of order`);
    last = reseller;
    counts.seconds += seconds;
    if (statement === undefined) {
      after.set(reseller, undefined);
      continue;
    }
    counts.resellers += Number(statement.organizations.length > 0);
    counts.organizations += statement.organizations.length;
    counts.adjustments += statement.adjustments.length;
    const figures = figuresOf(statement, reseller, tell);
    after.set(reseller, figures);
    if (manifest.revision === 1 && statement.adjustments.length > 0)
      tell(`reseller ${reseller} has adjustments in the first revision`);
    // What cannot be read is one finding, and not one more for each line that it had.
    const canCompare = before.get(reseller) !== undefined || !before.has(reseller);
    if (manifest.revision > 1 && canCompare)
      checkAdjustments(entry, statement, before.get(reseller), figures, tell);
  }
  const stated = new Set<string>(manifest.resellers.map((entry) => entry.reseller_id));
  for (const [reseller, figures] of before)
    if (figures?.size !== 0 && !stated.has(reseller))
      tell(`reseller ${reseller} is in the previous revision and has no statement`);
  for (const name of ["seconds", "resellers", "organizations"] as const)
    if (manifest.totals[name] !== counts[name])
      tell(`totals.${name} is ${manifest.totals[name]}, but its statements add up to ${counts[name]}`);
  const calls = manifest.calls_per_day.reduce((sum, day) => sum + day.calls, 0);
  if (manifest.calls_per_day.length > 0 && calls !== manifest.totals.calls)
    tell(`totals.calls is ${manifest.totals.calls}, but its days add up to ${calls}`);
  if (manifest.revision > 1 && counts.adjustments === 0) tell("it adjusts nothing");
  return after;
}

interface ReadStatement {
  readonly entry: ManifestEntry;
  readonly statement: Statement | undefined;
}

async function readStatement(
  bucket: AuditedBucket,
  { period, revision }: Manifest,
  entry: ManifestEntry,
  tell: Tell,
): Promise<ReadStatement> {
  const { reseller_id: reseller, key, sha256: hash } = entry;
  const bad = (finding: string): ReadStatement => {
    tell(`the statement of reseller ${reseller} ${finding}`);
    return { entry, statement: undefined };
  };
  if (key !== statementKey(period, revision, reseller, hash)) return bad(`has the key ${key}`);
  const bytes = await bucket.get(key);
  if (bytes === undefined) return bad("is missing");
  if (sha256(bytes) !== hash) return bad("does not match its hash");
  if (bytes.byteLength !== entry.bytes) return bad(`has ${bytes.byteLength} bytes, not ${entry.bytes}`);
  try {
    const of = statementPeriod.parse(JSON.parse(new TextDecoder().decode(bytes))).period;
    const { start, end } = periodOf(period);
    if (of.start_date !== start || of.end_date !== end) return bad("belongs to another month");
    return { entry, statement: checkedStatement(parseStatement(bytes), entry, tell) };
  } catch {
    return bad("is not valid");
  }
}

function checkedStatement(statement: Statement, entry: ManifestEntry, tell: Tell): Statement {
  const { reseller_id: reseller } = entry;
  const { organizations, adjustments } = statement;
  if ([...organizations, ...adjustments].some(({ resellerId }) => resellerId !== reseller))
    tell(`the statement of reseller ${reseller} has rows of another reseller`);
  for (const { organizationId, seconds, agents } of organizations)
    if (seconds !== agents.reduce((sum, agent) => sum + agent.seconds, 0))
      tell(`organization ${organizationId} of reseller ${reseller} is not the sum of its agents`);
  const adjusted = adjustments.reduce((sum, { before, after }) => sum + after - before, 0);
  if (adjusted !== (entry.adjusted_seconds ?? adjusted))
    tell(
      `the statement of reseller ${reseller} adjusts ${adjusted} s, its entry ${entry.adjusted_seconds} s`,
    );
  const seconds = organizations.reduce((sum, organization) => sum + organization.seconds, 0);
  if (seconds !== entry.seconds)
    tell(`the statement of reseller ${reseller} has ${seconds} s, its entry ${entry.seconds} s`);
  if (figuresHash(organizations) !== entry.figures_sha256)
    tell(`the figures of reseller ${reseller} do not match their hash`);
  return statement;
}

function figuresOf({ organizations }: Statement, reseller: string, tell: Tell): Figures {
  const seen = new Set<string>();
  const figures = new Map<string, number>();
  for (const { organizationId, agents } of organizations) {
    for (const { agentId, seconds } of agents) {
      const line = `${organizationId} ${agentId}`;
      if (seen.has(line)) tell(`reseller ${reseller} has the line ${line} twice`);
      seen.add(line);
      if (seconds > 0) figures.set(line, seconds);
    }
  }
  return figures;
}

/** Compares the stated adjustments with the difference of the two revisions, line by line. */
function checkAdjustments(
  { reseller_id: reseller }: ManifestEntry,
  { adjustments }: Statement,
  before: Figures = new Map(),
  after: Figures,
  tell: Tell,
): void {
  const stated = new Map<string, string>();
  for (const { organizationId, agentId, before: was, after: is } of adjustments) {
    const line = `${organizationId} ${agentId}`;
    if (stated.has(line)) tell(`reseller ${reseller} has two adjustments of ${line}`);
    stated.set(line, `${was} to ${is} s`);
  }
  for (const line of new Set([...before.keys(), ...after.keys(), ...stated.keys()])) {
    const [was, is] = [before.get(line) ?? 0, after.get(line) ?? 0];
    const expected = was === is ? undefined : `${was} to ${is} s`;
    const actual = stated.get(line);
    if (actual !== expected)
      tell(
        `reseller ${reseller}, ${line}: adjusts ${actual ?? "nothing"}, expected ${expected ?? "nothing"}`,
      );
  }
}
