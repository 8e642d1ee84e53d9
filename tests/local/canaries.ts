import type { Lake } from "../../local/lake/records.ts";

/** Names that are so short or common that they also occur in the log by chance. */
const MIN_NAME_LENGTH = 6;

/** Text that must never be in a log: ids and names of customers. */
export function canariesOf({ resellers, organizations, agents }: Omit<Lake, "call_usage">): string[] {
  const names = [...resellers, ...organizations, ...agents].flatMap((row) => [row.name, row.internal_id]);
  return [
    ...resellers.map((row) => row.reseller_id),
    ...organizations.map((row) => row.organization_id),
    ...agents.map((row) => row.agent_id),
    ...names.filter((name) => name !== null).filter((name) => name.trim().length >= MIN_NAME_LENGTH),
  ];
}

/**
 * Searches a log. The names of its own members do not count: a generated customer may be named like one of them.
 *
 * @throws Error if one of the canaries is in the text
 */
export function refuseCanaries(log: string, canaries: Iterable<string>): void {
  const text = log.replaceAll(/"\w+":/g, "");
  for (const canary of new Set(canaries)) {
    // As plain text and as JSON would write it.
    if (text.includes(canary) || text.includes(JSON.stringify(canary).slice(1, -1))) {
      throw new Error(`The log holds what it must not: ${canary.slice(0, 60)}`);
    }
  }
}
