import { toSeconds } from "../lib/minutes.ts";
import { billLines, billName } from "./bill-totals.tsx";
import type { Bill } from "./bills.ts";
import {
  count,
  counted,
  daysText,
  instantText,
  minutes,
  minutesDelta,
  secondsDelta,
  signedMinutes,
} from "./figures.ts";
import { type Freshness, printedFreshness } from "./freshness.ts";
import { Fact } from "./printed.tsx";
import type { Organization } from "./report.ts";

/** A bill as a document: the sum, every adjustment, and the usage of every organization and agent. */
export function PrintedBill({
  bill,
  fresh,
  partner,
}: {
  readonly bill: Bill;
  readonly fresh: Freshness;
  readonly partner: string | undefined;
}) {
  const resellers = new Set(bill.organizations.map(({ resellerName }) => resellerName));
  return (
    <article>
      <header>
        <p class="quiet">Voice minutes, bill</p>
        <h1>{billName(bill)}</h1>
        <dl>
          {partner !== undefined && <Fact name="Partner" text={partner} />}
          {resellers.size > 0 && (
            <Fact name={resellers.size === 1 ? "Reseller" : "Resellers"} text={[...resellers].join(", ")} />
          )}
          <Fact name="As of" text={instantText(bill.asOf)} />
          <Fact name="Loaded" text={printedFreshness(fresh)} />
          {billLines(bill, bill.adjustments).map(({ name, seconds }) => (
            <Fact
              key={name}
              name={name}
              text={`${signedMinutes(seconds)} minutes, exactly ${counted(seconds, "second")}`}
            />
          ))}
        </dl>
      </header>
      {bill.adjustments.length > 0 && (
        <section>
          <h2>Adjustments of earlier months</h2>
          <table>
            <thead>
              <tr>
                <th scope="col">Agent and organization</th>
                <th scope="col">Month</th>
                <th scope="col">Original bill</th>
                <th scope="col">Before</th>
                <th scope="col">Now</th>
                <th scope="col">Adjustment</th>
                <th scope="col">Seconds</th>
              </tr>
            </thead>
            <tbody>
              {bill.adjustments.map((one) => (
                <tr key={one.key}>
                  <th scope="row">
                    <bdi>{one.agent}</bdi>
                    <bdi class="quiet">{one.organization}</bdi>
                  </th>
                  <td>
                    {daysText({ kind: "month", month: one.month })}, revision {count(one.revision)}
                  </td>
                  <td>{count(one.originalBill)}</td>
                  <td>{minutes(toSeconds(one.before))}</td>
                  <td>{minutes(toSeconds(one.after))}</td>
                  <td>{minutesDelta(one.delta)}</td>
                  <td>{secondsDelta(one.delta)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </section>
      )}
      {bill.organizations.length > 0 && (
        <section>
          <h2>Usage</h2>
          <table>
            <thead>
              <tr>
                <th scope="col">Organization and agents</th>
                <th scope="col">Minutes</th>
                <th scope="col">Seconds</th>
              </tr>
            </thead>
            {bill.organizations.map((organization, index) => (
              <Lines key={`${organization.key} ${index}`} organization={organization} />
            ))}
          </table>
        </section>
      )}
    </article>
  );
}

function Lines({ organization }: { readonly organization: Organization }) {
  return (
    <tbody>
      <tr class="whole">
        <th scope="row">
          <bdi>{organization.name}</bdi>
          <bdi class="quiet">{organization.resellerName}</bdi>
        </th>
        <td>{minutes(organization.seconds)}</td>
        <td>{count(organization.seconds)}</td>
      </tr>
      {organization.agents.map(({ id, name, seconds }) => (
        <tr class="part" key={id}>
          <th scope="row">
            <bdi>{name}</bdi>
          </th>
          <td>{minutes(seconds)}</td>
          <td>{count(seconds)}</td>
        </tr>
      ))}
    </tbody>
  );
}
