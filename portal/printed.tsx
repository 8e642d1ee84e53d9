import { toSeconds } from "../lib/minutes.ts";
import { adjustmentLines } from "./adjustments.tsx";
import type { Shown } from "./ask.ts";
import { Change } from "./change.tsx";
import { count, counted, daysText, minutes, minutesDelta, secondsDelta } from "./figures.ts";
import { printedFreshness } from "./freshness.ts";
import { sumOf } from "./report.ts";
import { agentLines, arranged, type Row, type Table } from "./rows.ts";
import { standingText } from "./summary.tsx";
import type { View } from "./view.ts";

interface PrintedProps {
  readonly shown: Shown;
  readonly table: Table;
  readonly view: View;
  readonly partner: string | undefined;
}

/** The report as a document: every organization and agent, not only the lines that are on the screen. */
export function PrintedReport({ shown, table, view, partner }: PrintedProps) {
  const rows = arranged(table.rows, view);
  const resellers = new Set(table.rows.map(({ organization }) => organization.resellerName));
  const before = shown.previous.kind === "there" ? daysText(shown.previous.days) : undefined;
  const { present } = shown;
  return (
    <article>
      <header>
        <p class="quiet">Voice minutes by organization</p>
        <h1>{daysText(shown.days)}</h1>
        <dl>
          {partner !== undefined && <Fact name="Partner" text={partner} />}
          <Fact name={resellers.size === 1 ? "Reseller" : "Resellers"} text={[...resellers].join(", ")} />
          <Fact name="Period" text={`${present.start} to ${present.end}, both days included, UTC`} />
          <Fact name="Figures" text={standingText(shown)} />
          <Fact name="Loaded" text={printedFreshness(shown)} />
          {view.search !== "" && (
            <Fact
              name="Search"
              text={`“${view.search}”: ${counted(rows.length, "organization")} of ${count(table.rows.length)}, ${minutes(sumOf(rows))} minutes`}
            />
          )}
          <Fact
            name="Total"
            text={`${minutes(table.total.seconds)} minutes, exactly ${counted(table.total.seconds, "second")}`}
          />
          {before !== undefined && table.total.before !== undefined && (
            <Fact name={before} text={`${minutes(table.total.before)} minutes`} />
          )}
          <Fact
            name="Content"
            text={`${counted(table.organizationCount, "organization")}, ${counted(table.agentCount, "agent")}`}
          />
        </dl>
      </header>
      <table>
        <thead>
          <tr>
            <th scope="col">Organization and agents</th>
            <th scope="col">Minutes</th>
            <th scope="col">Seconds</th>
            <th scope="col">{before ?? "Previous period"}</th>
            <th scope="col">Change</th>
          </tr>
        </thead>
        {rows.map((row) => (
          <Lines key={row.organization.key} row={row} showsReseller={resellers.size > 1} />
        ))}
      </table>
      <PrintedAdjustments shown={shown} resellers={view.resellers} />
    </article>
  );
}

/** A name and a text in the head of a document. */
export function Fact({ name, text }: { readonly name: string; readonly text: string }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>
        <bdi>{text}</bdi>
      </dd>
    </div>
  );
}

/** An organization and its agents. A page break comes before it rather than in it. */
function Lines({ row, showsReseller }: { readonly row: Row; readonly showsReseller: boolean }) {
  const { organization } = row;
  const lines = [
    { key: "", name: organization.name, isWhole: true, seconds: row.seconds, before: row.before },
    ...agentLines(row).map(({ id, name, seconds, before }) => ({
      key: id,
      name,
      isWhole: false,
      seconds,
      before,
    })),
  ];
  return (
    <tbody>
      {lines.map(({ key, name, isWhole, seconds, before }) => (
        <tr key={key} class={isWhole ? "whole" : "part"}>
          <th scope="row">
            <bdi>{name}</bdi>
            {isWhole && showsReseller && <bdi class="quiet">{organization.resellerName}</bdi>}
          </th>
          <td>{minutes(seconds)}</td>
          <td>{count(seconds)}</td>
          <td>{before === undefined ? "–" : minutes(before)}</td>
          <td>
            <Change seconds={seconds} before={before} />
          </td>
        </tr>
      ))}
    </tbody>
  );
}

function PrintedAdjustments({
  shown,
  resellers,
}: {
  readonly shown: Shown;
  readonly resellers: readonly string[];
}) {
  const { billed } = shown.present;
  const lines = adjustmentLines(shown.present, resellers);
  if (billed === undefined || billed.revision === 1) return null;
  return (
    <section>
      <h2>
        {counted(lines.length, "adjustment")} to revision {count(billed.revision - 1)}
      </h2>
      {lines.length > 0 && (
        <table>
          <thead>
            <tr>
              <th scope="col">Agent and organization</th>
              <th scope="col">Before</th>
              <th scope="col">Now</th>
              <th scope="col">Adjustment</th>
              <th scope="col">Seconds</th>
            </tr>
          </thead>
          <tbody>
            {lines.map(({ key, agent, organization, before, after, delta }) => (
              <tr key={key}>
                <th scope="row">
                  <bdi>{agent}</bdi>
                  <bdi class="quiet">{organization}</bdi>
                </th>
                <td>{minutes(toSeconds(before))}</td>
                <td>{minutes(toSeconds(after))}</td>
                <td>{minutesDelta(delta)}</td>
                <td>{secondsDelta(delta)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}
