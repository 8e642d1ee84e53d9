import { useState } from "preact/hooks";
import { toSeconds } from "../lib/minutes.ts";
import { count, counted, minutes, minutesDelta, secondsDelta } from "./figures.ts";
import type { Adjustment, Billed, Report } from "./report.ts";

/** So many lines before the reader asks for all. */
const FIRST_LINES = 50;

const NO_AGENT = "00000000-0000-0000-0000-000000000000";

/** What a revision has otherwise than the one before, agent by agent. Nothing for a first revision. */
export function Adjustments({
  report,
  resellers,
}: {
  readonly report: Report;
  readonly resellers: readonly string[];
}) {
  const [isWhole, setIsWhole] = useState(false);
  const { billed } = report;
  if (billed === undefined || billed.revision === 1) return null;
  const adjustments = adjustmentsOf(billed, resellers);
  const together = adjustments.reduce((sum, { delta }) => sum + delta, 0);
  const names = namesIn(report);
  return (
    <details class="adjustments">
      <summary>
        <span>
          <strong>{counted(adjustments.length, "adjustment")}</strong> to revision{" "}
          {count(billed.revision - 1)}
        </span>
        <span class="number">
          {minutesDelta(together)} minutes <span class="quiet">{secondsDelta(together)} s</span>
        </span>
      </summary>
      {adjustments.length > 0 && (
        <table role="table" class="grid inner">
          <caption class="hidden">Adjustments to revision {billed.revision - 1}, in minutes</caption>
          <thead role="rowgroup">
            <tr role="row">
              <th role="columnheader" scope="col" class="name">
                Agent
              </th>
              <th role="columnheader" scope="col" class="previous">
                Before
              </th>
              <th role="columnheader" scope="col" class="minutes">
                Now
              </th>
              <th role="columnheader" scope="col" class="change">
                Adjustment
              </th>
            </tr>
          </thead>
          <tbody role="rowgroup">
            {(isWhole ? adjustments : adjustments.slice(0, FIRST_LINES)).map((one) => (
              <tr role="row" class="line" key={`${one.organizationId}.${one.resellerId}.${one.agentId}`}>
                <th role="rowheader" scope="row" class="name">
                  <span>
                    <bdi class="title">
                      {names.get(one.agentId) ?? (one.agentId === NO_AGENT ? "Unassigned" : one.agentId)}
                    </bdi>
                    <bdi class="quiet">{names.get(one.organizationId) ?? one.organizationId}</bdi>
                  </span>
                </th>
                <td role="cell" class="previous">
                  {minutes(toSeconds(one.before))}
                </td>
                <td role="cell" class="minutes">
                  {minutes(toSeconds(one.after))}
                </td>
                <td role="cell" class="change">
                  {minutesDelta(one.delta)} <span class="quiet">{secondsDelta(one.delta)} s</span>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {!isWhole && adjustments.length > FIRST_LINES && (
        <button type="button" class="secondary" onClick={() => setIsWhole(true)}>
          Show all {count(adjustments.length)} adjustments
        </button>
      )}
    </details>
  );
}

function adjustmentsOf({ adjustments }: Billed, resellers: readonly string[]): readonly Adjustment[] {
  return resellers.length === 0
    ? adjustments
    : adjustments.filter(({ resellerId }) => resellers.includes(resellerId));
}

/** Names by id of what the report holds; a line that is no longer in it is called by its id. */
function namesIn({ organizations }: Report): Map<string, string> {
  const names = new Map<string, string>();
  for (const { id, name, agents } of organizations) {
    names.set(id, name);
    for (const agent of agents) names.set(agent.id, agent.name);
  }
  return names;
}
