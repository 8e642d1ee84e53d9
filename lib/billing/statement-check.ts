import type { ManifestEntry } from "./manifest.ts";
import { figuresHash, type Statement } from "./statement.ts";

/**
 * Whether a statement contains what its entry in the manifest says. Every row must belong to the entry's reseller, every
 * sum and count must equal the entry's, and every adjustment must lead to the figure of its line. Entries of earlier
 * releases do not have every member; what they have is checked.
 */
export function matchesEntry(
  { organizations, adjustments }: Statement,
  entry: Omit<ManifestEntry, "key" | "sha256" | "bytes">,
): boolean {
  const lines = new Map<string, number>();
  let count = 0;
  for (const { organizationId, agents } of organizations) {
    for (const { agentId, seconds } of agents) {
      lines.set(`${organizationId} ${agentId}`, seconds);
      count += 1;
    }
  }
  const adjusted = new Set(adjustments.map(({ organizationId, agentId }) => `${organizationId} ${agentId}`));
  const isAbsentOr = (stated: number | boolean | undefined, found: number | boolean) =>
    stated === undefined || stated === found;
  return (
    [...organizations, ...adjustments].every(({ resellerId }) => resellerId === entry.reseller_id) &&
    organizations.every(
      ({ agents, seconds }) => sumOf(agents.map((agent) => agent.seconds)) === BigInt(seconds),
    ) &&
    sumOf(organizations.map(({ seconds }) => seconds)) === BigInt(entry.seconds) &&
    figuresHash(organizations) === entry.figures_sha256 &&
    isAbsentOr(
      entry.adjusted_seconds,
      Number(sumOf(adjustments.map(({ before, after }) => after - before))),
    ) &&
    isAbsentOr(entry.has_usage, organizations.length > 0) &&
    isAbsentOr(entry.usage_lines, count) &&
    isAbsentOr(entry.adjustment_lines, adjustments.length) &&
    lines.size === count &&
    adjusted.size === adjustments.length &&
    adjustments.every(
      ({ organizationId, agentId, before, after }) =>
        before !== after && (lines.get(`${organizationId} ${agentId}`) ?? 0) === after,
    )
  );
}

/** Exact even if a forged sum leaves the range of exact numbers. */
function sumOf(all: readonly number[]): bigint {
  return all.reduce((sum, each) => sum + BigInt(each), 0n);
}
