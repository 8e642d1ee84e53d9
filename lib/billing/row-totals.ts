import { minutesText, type SignedSeconds, sumSigned, toSignedSeconds } from "../minutes.ts";
import type { OrganizationUsage } from "../usage/fold.ts";
import type { Adjustment } from "./statement.ts";

/** Counts and sums of some rows of statements. */
export interface RowTotals {
  /** Lines of agents. */
  readonly usageLines: number;
  readonly usage: SignedSeconds;
  readonly adjustmentLines: number;
  readonly adjustments: SignedSeconds;
}

/** Counts and adds up rows. Every figure is exact. */
export function totalsOfRows(
  organizations: readonly OrganizationUsage[],
  adjustments: readonly Adjustment[],
): RowTotals {
  return {
    usageLines: organizations.reduce((sum, { agents }) => sum + agents.length, 0),
    usage: sumSigned(organizations.map(({ seconds }) => seconds)),
    adjustmentLines: adjustments.length,
    adjustments: sumSigned(adjustments.map(deltaOf)),
  };
}

export function deltaOf({ before, after }: Adjustment): SignedSeconds {
  return toSignedSeconds(after - before);
}

/** Renders the totals' members in JSON. Minutes are rendered once, from the exact seconds of each total. */
export function rowTotalsJson({ usageLines, usage, adjustmentLines, adjustments }: RowTotals) {
  return {
    usage_lines: usageLines,
    usage_seconds: usage,
    usage_minutes: jsonMinutes(usage),
    adjustment_lines: adjustmentLines,
    adjustment_seconds: adjustments,
    adjustment_minutes: jsonMinutes(adjustments),
  };
}

/** The text of exact minutes is a number that JSON writes in the same way, up to 2^53 hundredths. */
export function jsonMinutes(seconds: SignedSeconds): number {
  return Number(minutesText(seconds));
}
