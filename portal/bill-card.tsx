import { BillTotals, billName } from "./bill-totals.tsx";
import { minutesDelta, secondsDelta } from "./figures.ts";
import type { ChangeView } from "./hooks.ts";
import type { BillState } from "./parts.ts";

/** The bill of a closed month, above its statement. */
export function BillCard({ bill, change }: { readonly bill: BillState; readonly change: ChangeView }) {
  if (bill.kind === "none") {
    return bill.reason === "" ? null : <p class="quiet">{bill.reason}</p>;
  }
  const { entry, adjustments, pending } = bill;
  return (
    <section class="bill" aria-labelledby="bill">
      <div class="heading">
        <h2 id="bill">{billName(entry)}</h2>
        <button type="button" class="secondary" onClick={() => change({ bill: entry.number })}>
          Open the bill
        </button>
      </div>
      <BillTotals bill={entry} adjustments={adjustments} />
      {pending !== 0 && (
        <p class="quiet">
          Not billed yet: adjustments of this month, {minutesDelta(pending)} minutes ({secondsDelta(pending)}{" "}
          s). The next bill contains them.
        </p>
      )}
    </section>
  );
}
