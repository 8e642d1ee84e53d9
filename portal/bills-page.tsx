import { BillPage, type BillsPageProps } from "./bill-page.tsx";
import { billName } from "./bill-totals.tsx";
import type { Bills } from "./bills.ts";
import { Failed } from "./failed.tsx";
import { daysText, instantText, minutesDelta, secondsDelta, signedMinutes } from "./figures.ts";
import { useResource } from "./hooks.ts";
import { LoadedLine } from "./loaded-line.tsx";
import { Message } from "./message.tsx";

/** The list of bills, or one bill. */
export function BillsPage(props: BillsPageProps) {
  return typeof props.bill === "number" ? <BillPage {...props} bill={props.bill} /> : <BillList {...props} />;
}

function BillList({ api, change, onExpired, onSignOut }: BillsPageProps) {
  const [answer, again] = useResource(api, api.bills(), onExpired);
  if (answer === undefined) return <p class="message">Loading the bills …</p>;
  if (!answer.ok) {
    return answer.failure.kind === "session" ? null : (
      <Failed
        failure={answer.failure}
        isBill={false}
        onRetry={again}
        onLive={() => change({ bill: undefined })}
        onSignOut={onSignOut}
      />
    );
  }
  const { bills, pending, damaged } = answer.value.value;
  if (bills.length === 0) {
    return (
      <>
        <Message title="No bills yet">
          The first bill appears a few days after the end of a billed month.
        </Message>
        <LoadedLine fresh={answer.value} onRefresh={again} />
      </>
    );
  }
  return (
    <section class="bills" aria-labelledby="bills">
      <h1 id="bills">Bills</h1>
      <PendingNote pending={pending} />
      <DamagedNote damaged={damaged} />
      <table role="table" class="grid" aria-labelledby="bills">
        <thead role="rowgroup">
          <tr role="row">
            <th role="columnheader" scope="col" class="name">
              Bill
            </th>
            <th role="columnheader" scope="col">
              Usage
            </th>
            <th role="columnheader" scope="col">
              Adjustments
            </th>
            <th role="columnheader" scope="col">
              To invoice, minutes
            </th>
          </tr>
        </thead>
        <tbody role="rowgroup">
          {bills.map((bill) => (
            <tr role="row" class="line" key={bill.number}>
              <th role="rowheader" scope="row" class="name">
                <button
                  type="button"
                  id={`bill-${bill.number}`}
                  onClick={() => change({ bill: bill.number })}
                >
                  <span>
                    <span class="title">{billName(bill)}</span>
                    <span class="quiet">as of {instantText(bill.asOf)}</span>
                  </span>
                </button>
              </th>
              {bill.totals === undefined ? (
                <td role="cell" class="damaged">
                  damaged
                </td>
              ) : (
                <>
                  <td role="cell">{signedMinutes(bill.totals.usage)}</td>
                  <td role="cell">{signedMinutes(bill.totals.adjustments)}</td>
                  <td role="cell" class="minutes">
                    {bill.kind === "opening" ? "–" : signedMinutes(bill.totals.whole)}
                  </td>
                </>
              )}
            </tr>
          ))}
        </tbody>
      </table>
      <LoadedLine fresh={answer.value} onRefresh={again} />
    </section>
  );
}

function PendingNote({ pending }: Pick<Bills, "pending">) {
  if (pending.length === 0) return null;
  const together = pending.reduce((sum, { seconds }) => sum + seconds, 0);
  const months = [...new Set(pending.map(({ month }) => daysText({ kind: "month", month })))].join(", ");
  return (
    <p class="standing">
      Not billed yet: adjustments of {months}, {minutesDelta(together)} minutes ({secondsDelta(together)} s).
      The next bill contains them.
    </p>
  );
}

function DamagedNote({ damaged }: Pick<Bills, "damaged">) {
  if (damaged.length === 0) return null;
  const months = damaged.map((month) => daysText({ kind: "month", month })).join(", ");
  return (
    <p class="standing">
      The adjustments of {months} that wait for a bill cannot be read, because their stored data is damaged.
      Contact support.
    </p>
  );
}
