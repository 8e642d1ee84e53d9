import { useState } from "preact/hooks";
import { toSeconds } from "../lib/minutes.ts";
import type { Api } from "./api.ts";
import { BillTotals, billName } from "./bill-totals.tsx";
import type { Bill } from "./bills.ts";
import { CsvButton } from "./csv-button.tsx";
import { Failed } from "./failed.tsx";
import { count, counted, daysText, instantText, minutes, minutesDelta, secondsDelta } from "./figures.ts";
import type { Freshness } from "./freshness.ts";
import { type ChangeView, useResource } from "./hooks.ts";
import { LoadedLine } from "./loaded-line.tsx";
import { usePaper } from "./paper.ts";
import { PrintedBill } from "./printed-bill.tsx";

export interface BillsPageProps {
  readonly api: Api;
  readonly bill: "all" | number;
  readonly partner: string | undefined;
  readonly change: ChangeView;
  readonly onExpired: () => void;
  readonly onSignOut: () => void;
}

/** The number of lines of a table that are shown at first. */
const FIRST_LINES = 50;

/** One bill: what to invoice, the adjustments in it, and the usage. */
export function BillPage(props: BillsPageProps & { readonly bill: number }) {
  const { api, bill: number, partner, change, onExpired, onSignOut } = props;
  const [answer, again] = useResource(api, api.bill(number), onExpired);
  const fresh = answer?.ok ? answer.value : undefined;
  usePaper(fresh && (() => <PrintedBill bill={fresh.value} fresh={fresh} partner={partner} />), [
    fresh,
    partner,
  ]);
  if (answer === undefined) return <p class="message">Loading bill {number} …</p>;
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
  return <Shown {...props} fresh={answer.value} onRefresh={again} />;
}

interface ShownProps extends Omit<BillsPageProps, "bill"> {
  readonly fresh: Freshness & { readonly value: Bill };
  readonly onRefresh: () => void;
}

function Shown({ api, fresh, change, onRefresh }: ShownProps) {
  const { value: bill } = fresh;
  const { month } = bill;
  return (
    <section class="bills" aria-labelledby="bill">
      <div class="heading">
        <h1 id="bill">{billName(bill)}</h1>
        <div class="actions">
          <button type="button" class="secondary" onClick={() => change({ bill: "all" })}>
            All bills
          </button>
          {month !== undefined && (
            <button
              type="button"
              class="secondary"
              onClick={() =>
                change({ bill: undefined, days: { kind: "month", month }, figures: "billed", revision: 1 })
              }
            >
              Statement of the month
            </button>
          )}
          <CsvButton api={api} question={{ kind: "bill", number: bill.number }} />
          <button type="button" class="secondary" onClick={() => print()}>
            Print
          </button>
        </div>
      </div>
      <p class="standing">
        As of {instantText(bill.asOf)}. A bill never changes. Later corrections are adjustments on later
        bills.
      </p>
      <div class="bill">
        <BillTotals bill={bill} adjustments={bill.adjustments} />
      </div>
      <LoadedLine fresh={fresh} onRefresh={onRefresh} />
      {bill.adjustments.length > 0 && <AdjustmentLines bill={bill} />}
      {bill.organizations.length > 0 && <UsageLines bill={bill} />}
    </section>
  );
}

function AdjustmentLines({ bill }: { readonly bill: Bill }) {
  const [isWhole, setIsWhole] = useState(false);
  const lines = isWhole ? bill.adjustments : bill.adjustments.slice(0, FIRST_LINES);
  return (
    <section class="organizations" tabIndex={-1} aria-labelledby="adjusted">
      <h2 id="adjusted">Adjustments of earlier months</h2>
      <table role="table" class="grid" aria-labelledby="adjusted">
        <thead role="rowgroup">
          <tr role="row">
            {["Agent", "Before", "Now", "Adjustment"].map((name, index) => (
              <th key={name} role="columnheader" scope="col" {...(index === 0 && { class: "name" })}>
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody role="rowgroup">
          {lines.map(({ key, agent, organization, month, revision, originalBill, before, after, delta }) => (
            <tr role="row" class="line" key={key}>
              <th role="rowheader" scope="row" class="name">
                <span>
                  <bdi class="title">{agent}</bdi>
                  <bdi class="quiet">{organization}</bdi>
                  <span class="quiet">
                    {daysText({ kind: "month", month })}, revision {count(revision)}; billed on bill{" "}
                    {count(originalBill)}
                  </span>
                </span>
              </th>
              <td role="cell">{minutes(toSeconds(before))}</td>
              <td role="cell">{minutes(toSeconds(after))}</td>
              <td role="cell" class="minutes">
                {minutesDelta(delta)} <span class="quiet">{secondsDelta(delta)} s</span>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {lines.length < bill.adjustments.length && (
        <button type="button" class="secondary" onClick={() => setIsWhole(true)}>
          Show all {count(bill.adjustments.length)} adjustments
        </button>
      )}
    </section>
  );
}

function UsageLines({ bill }: { readonly bill: Bill }) {
  const [isWhole, setIsWhole] = useState(false);
  const lines = isWhole ? bill.organizations : bill.organizations.slice(0, FIRST_LINES);
  return (
    <section class="organizations" tabIndex={-1} aria-labelledby="used">
      <h2 id="used">Usage by organization</h2>
      <table role="table" class="grid" aria-labelledby="used">
        <thead role="rowgroup">
          <tr role="row">
            {["Organization", "Agents", "Seconds", "Minutes"].map((name, index) => (
              <th key={name} role="columnheader" scope="col" {...(index === 0 && { class: "name" })}>
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody role="rowgroup">
          {lines.map(({ key, name, resellerName, agentCount, seconds }, index) => (
            <tr role="row" class="line" key={`${key} ${index}`}>
              <th role="rowheader" scope="row" class="name">
                <span>
                  <bdi class="title">{name}</bdi>
                  <bdi class="quiet">{resellerName}</bdi>
                </span>
              </th>
              <td role="cell">
                <span class="on-wide">{count(agentCount)}</span>
                <span class="on-narrow">{counted(agentCount, "agent")}</span>
              </td>
              <td role="cell">{count(seconds)}</td>
              <td role="cell" class="minutes">
                {minutes(seconds)}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {lines.length < bill.organizations.length && (
        <button type="button" class="secondary" onClick={() => setIsWhole(true)}>
          Show all {count(bill.organizations.length)} organizations
        </button>
      )}
    </section>
  );
}
