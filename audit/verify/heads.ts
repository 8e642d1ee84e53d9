import type { Manifest } from "../../lib/billing/manifest.ts";
import { figuresHash } from "../../lib/billing/statement.ts";
import type { CheckedRevision } from "./month.ts";

const HEAD = /^heads\/(\d{4}-\d{2}\.\d+)\.([^.]+)\.([0-9a-f]{16})$/;
const COMPLETE = /^totals\/complete\/(\d{4}-\d{2}\.\d+)\./;

/**
 * Checks the keys from which the list of months is made against the manifests. Each head must be that of a manifest.
 * A revision with a head has a key for each reseller whose figures it changed.
 *
 * A run that was interrupted may leave a key for a reseller that no revision changed, and a manifest without a head.
 * But the totals of a revision are written after its head.
 *
 * @param revisions the revisions that can be read
 * @returns the findings
 */
export function checkHeads(keys: readonly string[], revisions: Iterable<CheckedRevision>): string[] {
  const findings: string[] = [];
  const known = new Map<string, CheckedRevision>();
  for (const revision of revisions)
    known.set(nameOf(revision.manifest.period, revision.manifest.revision), revision);
  const present = new Set(keys);
  const withHead = new Set<string>();
  for (const key of keys.filter((each) => each.startsWith("heads/"))) {
    const [, name = "", asOf, hash] = HEAD.exec(key) ?? [];
    const revision = known.get(name);
    if (revision === undefined) {
      findings.push(`${key} belongs to no manifest`);
    } else if (asOf !== revision.manifest.as_of || hash !== revision.sha256.slice(0, 16)) {
      findings.push(`${key} does not match its manifest`);
    } else {
      withHead.add(name);
    }
  }
  for (const key of keys) {
    const name = COMPLETE.exec(key)?.[1];
    if (name !== undefined && known.has(name) && !withHead.has(name))
      findings.push(`heads/${name}… is missing`);
  }
  for (const [name, { manifest }] of known) {
    const before = known.get(nameOf(manifest.period, manifest.revision - 1))?.manifest;
    if (!withHead.has(name) || (before === undefined && manifest.revision > 1)) continue;
    for (const reseller of changedIn(manifest, before)) {
      const key = `changed/${reseller}/${name}`;
      if (!present.has(key)) findings.push(`${key} is missing`);
    }
  }
  return findings;
}

/** The resellers whose figures differ from the previous revision. */
function changedIn({ resellers }: Manifest, before: Manifest | undefined): string[] {
  const nothing = figuresHash([]);
  const earlier = new Map(before?.resellers.map((entry) => [entry.reseller_id, entry.figures_sha256]));
  return resellers
    .filter((entry) => entry.figures_sha256 !== (earlier.get(entry.reseller_id) ?? nothing))
    .map((entry) => entry.reseller_id);
}

function nameOf(period: string, revision: number): string {
  return `${period}.${revision}`;
}
