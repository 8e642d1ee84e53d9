import { useState } from "preact/hooks";
import { toSeconds } from "../lib/minutes.ts";
import { count, counted, minutes, minutesDelta, secondsDelta } from "./figures.ts";
import type { Report } from "./report.ts";

/** The number of lines that are shown at first. */
const FIRST_LINES = 50;

const NO_AGENT = "00000000-0000-0000-0000-000000000000";

/** The differences from the previous revision, agent by agent. Nothing for revision 1. */
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
  const lines = adjustmentLines(report, resellers);
  const together = lines.reduce((sum, { delta }) => sum + delta, 0);
  return (
    <details class="adjustments" tabIndex={-1}>
      <summary>
        <span>
          <strong>{counted(lines.length, "adjustment")}</strong> to revision {count(billed.revision - 1)}
        </span>
        <span class="number">
          {minutesDelta(together)} minutes <span class="quiet">{secondsDelta(together)} s</span>
        </span>
      </summary>
      {lines.length > 0 && (
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
            {(isWhole ? lines : lines.slice(0, FIRST_LINES)).map(
              ({ key, agent, organization, before, after, delta }) => (
                <tr role="row" class="line" key={key}>
                  <th role="rowheader" scope="row" class="name">
                    <span>
                      <bdi class="title">{agent}</bdi>
                      <bdi class="quiet">{organization}</bdi>
                    </span>
                  </th>
                  <td role="cell" class="previous">
                    {minutes(toSeconds(before))}
                  </td>
                  <td role="cell" class="minutes">
                    {minutes(toSeconds(after))}
                  </td>
                  <td role="cell" class="change">
                    {minutesDelta(delta)} <span class="quiet">{secondsDelta(delta)} s</span>
                  </td>
                </tr>
              ),
            )}
          </tbody>
        </table>
      )}
      {!isWhole && lines.length > FIRST_LINES && (
        <button type="button" class="secondary" onClick={() => setIsWhole(true)}>
          Show all {count(lines.length)} adjustments
        </button>
      )}
    </details>
  );
}

/** An adjustment with the names of what it changes. */
interface AdjustmentLine {
  readonly key: string;
  readonly agent: string;
  readonly organization: string;
  readonly before: number;
  readonly after: number;
  readonly delta: number;
}

/** The adjustments of the report's revision. @param resellers ids; all when empty */
export function adjustmentLines(report: Report, resellers: readonly string[]): AdjustmentLine[] {
  const names = namesIn(report);
  const nameOf = (id: string) => names.get(id) ?? (id === NO_AGENT ? "Unassigned" : id);
  return (report.billed?.adjustments ?? [])
    .filter(({ resellerId }) => resellers.length === 0 || resellers.includes(resellerId))
    .map(({ organizationId, resellerId, agentId, before, after, delta }) => ({
      key: `${organizationId}.${resellerId}.${agentId}`,
      agent: nameOf(agentId),
      organization: nameOf(organizationId),
      before,
      after,
      delta,
    }));
}

/** Names by id. A line that the report does not contain any more is shown with its id. */
function namesIn({ organizations }: Report): Map<string, string> {
  const names = new Map<string, string>();
  for (const { id, name, agents } of organizations) {
    names.set(id, name);
    for (const agent of agents) names.set(agent.id, agent.name);
  }
  return names;
}
