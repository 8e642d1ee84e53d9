import { adjustmentsByMonth, type BillAdjustment, type BillEntry } from "./bills.ts";
import { count, daysText, signedMinutes } from "./figures.ts";

/** What a bill is called. */
export function billName({ number, kind, month }: Pick<BillEntry, "number" | "kind" | "month">): string {
  const of =
    month === undefined
      ? kind === "opening"
        ? "opening, not to be invoiced"
        : "adjustments only"
      : daysText({ kind: "month", month });
  return `Bill ${count(number)}: ${of}`;
}

/** A bill's sum, line by line: the usage, the adjustments of each earlier month, and what to invoice. */
export function billLines(
  { kind, month, totals }: BillEntry,
  adjustments: readonly BillAdjustment[] | undefined,
): readonly { readonly name: string; readonly seconds: number }[] {
  if (totals === undefined) return [];
  const usage =
    month === undefined && kind === "adjustments"
      ? []
      : [
          {
            name: month === undefined ? "Usage" : `Usage of ${daysText({ kind: "month", month })}`,
            seconds: totals.usage,
          },
        ];
  const adjusted =
    adjustments === undefined
      ? totals.adjustmentLines === 0
        ? []
        : [{ name: "Adjustments of earlier months", seconds: totals.adjustments }]
      : adjustmentsByMonth(adjustments).map(([of, seconds]) => ({
          name: `Adjustments of ${daysText({ kind: "month", month: of })}`,
          seconds,
        }));
  return [
    ...usage,
    ...adjusted,
    { name: kind === "opening" ? "Total" : "To invoice", seconds: totals.whole },
  ];
}

interface BillTotalsProps {
  readonly bill: BillEntry;
  /** Undefined while only the bill's totals are known. */
  readonly adjustments?: readonly BillAdjustment[] | undefined;
}

/** A bill's sum as it is shown on the page. */
export function BillTotals({ bill, adjustments }: BillTotalsProps) {
  const lines = billLines(bill, adjustments);
  if (lines.length === 0) {
    return <p class="note">The stored data of this bill is damaged. Contact support before you post it.</p>;
  }
  return (
    <dl class="sum">
      {lines.map(({ name, seconds }, index) => (
        <div key={name} class={index === lines.length - 1 ? "whole" : ""}>
          <dt>{name}</dt>
          <dd>
            <span class="figure">{signedMinutes(seconds)}</span>
            <span class="quiet">minutes, exactly {count(seconds)} s</span>
          </dd>
        </div>
      ))}
    </dl>
  );
}
