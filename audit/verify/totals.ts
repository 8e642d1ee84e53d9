import type { ManifestEntry } from "../../lib/billing/manifest.ts";
import type { CheckedRevision } from "./month.ts";

const COMPLETE = /^totals\/complete\/(\d{4}-\d{2}\.\d+\.[0-9a-f]{16})$/;
const OF_RESELLER =
  /^totals\/([0-9a-f-]{36})\/(\d{4}-\d{2}\.\d+\.[0-9a-f]{16})\.(\d+)\.(\d+)\.(\d+)\.(-?\d+)$/;

/**
 * Checks the keys from which the list of bills is made against the manifests. Each key must state its entry's figures.
 * If a marker says that a revision's keys are complete, every entry must have one.
 *
 * @param revisions the revisions that can be read
 * @returns the findings
 */
export function checkTotals(keys: readonly string[], revisions: Iterable<CheckedRevision>): string[] {
  const findings: string[] = [];
  const entries = new Map<string, ReadonlyMap<string, ManifestEntry>>();
  for (const { manifest, sha256 } of revisions) {
    const name = `${manifest.period}.${manifest.revision}.${sha256.slice(0, 16)}`;
    entries.set(name, new Map(manifest.resellers.map((entry) => [entry.reseller_id, entry])));
  }
  const stated = new Map<string, Set<string>>();
  const complete: string[] = [];
  /** Keys of manifests that are not there, by the manifest's name: one finding, not one for each reseller. */
  const strange = new Map<string, string[]>();
  for (const key of keys.filter((each) => each.startsWith("totals/"))) {
    const marker = COMPLETE.exec(key)?.[1];
    if (marker !== undefined) {
      complete.push(marker);
      if (!entries.has(marker)) strange.set(marker, [...(strange.get(marker) ?? []), key]);
      continue;
    }
    const [, reseller = "", name = "", ...figures] = OF_RESELLER.exec(key) ?? [];
    const entry = entries.get(name)?.get(reseller);
    if (name !== "" && !entries.has(name)) strange.set(name, [...(strange.get(name) ?? []), key]);
    else if (entry === undefined) findings.push(`${key} belongs to no entry of a manifest`);
    else if (!areOf(entry, figures.map(Number)))
      findings.push(`${key} does not match its entry in the manifest`);
    stated.set(name, (stated.get(name) ?? new Set()).add(reseller));
  }
  for (const [name, found] of strange)
    findings.push(
      `totals/…/${name} belongs to no manifest (${found.length === 1 ? "1 key" : `${found.length} keys`})`,
    );
  for (const name of complete) {
    for (const reseller of entries.get(name)?.keys() ?? [])
      if (!stated.get(name)?.has(reseller)) findings.push(`totals/${reseller}/${name}… is missing`);
  }
  return findings;
}

/** Entries of an earlier release do not have all figures. */
function areOf(
  { seconds, usage_lines, adjusted_seconds, adjustment_lines }: ManifestEntry,
  [lines, usage, adjustmentLines, adjustments]: readonly number[],
): boolean {
  return (
    usage === seconds &&
    lines === (usage_lines ?? lines) &&
    adjustmentLines === (adjustment_lines ?? adjustmentLines) &&
    adjustments === (adjusted_seconds ?? adjustments)
  );
}
