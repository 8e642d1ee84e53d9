import { lookKey, parseLook } from "../../lib/billing/looks.ts";
import type { AuditedBucket } from "./bucket.ts";

/**
 * Checks the markers of looks that changed nothing: a forged one could hide a later correction of its month. Nothing
 * states the hash of a marker, so only what its key contains can be compared.
 *
 * @returns the findings
 */
export async function checkLooks(bucket: AuditedBucket, keys: readonly string[]): Promise<string[]> {
  const findings: string[] = [];
  for (const key of keys.filter((each) => each.startsWith("looked/"))) {
    const bytes = await bucket.get(key);
    try {
      if (bytes === undefined || lookKey(parseLook(bytes)) !== key)
        findings.push(`${key} does not match its key`);
    } catch {
      findings.push(`${key} is not valid`);
    }
  }
  return findings;
}
