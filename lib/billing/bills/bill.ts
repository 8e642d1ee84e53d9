import * as z from "zod/mini";
import { type SignedSeconds, toSignedSeconds } from "../../minutes.ts";
import { textThat } from "../../schema.ts";
import { isInstant, isMonth } from "../month.ts";
import { parseStored } from "../stored-json.ts";

/** The prefix of every bill's key. */
export const BILLS = "bills/";

const hash = z.string().check(z.regex(/^[0-9a-f]{64}$/));
const month = textThat(isMonth);
const number = z.int().check(z.minimum(1));
const signedSeconds = z.pipe(
  z.int(),
  z.transform((value): SignedSeconds => toSignedSeconds(value)),
);

/** A revision that a bill invoices: its whole usage, or only its adjustments. */
const source = z.strictObject({
  period: month,
  revision: number,
  /** The hash of the revision's manifest. */
  sha256: hash,
  kind: z.enum(["usage", "adjustments"]),
});

/**
 * A bill: which revisions to invoice. It contains no figure of a single reseller; those are in the revisions'
 * statements. The order of the members is fixed.
 */
const bill = z.strictObject({
  schema_version: z.literal(1),
  number,
  /**
   * - `opening`: names months that were billed before this service billed any. Not to be posted.
   * - `month`: bills one month, and the adjustments of earlier bills' months that no bill has named yet.
   * - `adjustments`: bills only adjustments.
   */
  kind: z.enum(["opening", "month", "adjustments"]),
  /** The month that the bill bills; null for the other kinds. */
  period: z.nullable(month),
  /** The latest `as_of` of the sources. */
  as_of: textThat(isInstant),
  /** The previous bill and the hash of its bytes; null for bill 1. */
  previous: z.nullable(z.strictObject({ number, sha256: hash })),
  sources: z.array(source),
  /** Seconds of all resellers. Adjustments and the sum may be negative. */
  totals: z.strictObject({
    usage_seconds: signedSeconds,
    adjustment_seconds: signedSeconds,
    seconds: signedSeconds,
  }),
  /** Revisions that were due but are damaged. A later bill names them after they are repaired. */
  left_out: z.array(z.strictObject({ period: month, revision: number })),
});

export type Bill = z.infer<typeof bill>;
export type BillSource = z.infer<typeof source>;

/** Renders the bill's canonical bytes. */
export function billBytes(of: Bill): Buffer {
  return Buffer.from(JSON.stringify(of));
}

/** @throws SnapshotError `snapshot_damaged` if the bytes are not a bill of this schema */
export function parseBill(bytes: Uint8Array): Bill {
  return parseStored(bill, bytes, "A stored bill is not valid.");
}

export function billKey(of: number): string {
  return `${BILLS}${String(of).padStart(6, "0")}.json`;
}

/** Parses the number in a bill's key; undefined for any other key. */
export function billNumber(key: string): number | undefined {
  const found = Number.parseInt(key.slice(BILLS.length), 10);
  return billKey(found) === key ? found : undefined;
}
