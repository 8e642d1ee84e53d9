import { useMemo, useState } from "preact/hooks";
import { Change } from "./change.tsx";
import { count, minutes, share } from "./figures.ts";
import { agentLines, type Row } from "./rows.ts";

/** The number of lines that are shown at first. */
const FIRST_LINES = 50;

/** The details of one organization and its agents, the largest first. */
export function Agents({ row }: { readonly row: Row }) {
  const lines = useMemo(() => agentLines(row), [row]);
  const [isWhole, setIsWhole] = useState(lines.length <= FIRST_LINES * 1.5);
  const { organization, seconds } = row;
  const largest = Math.max(1, ...lines.map((line) => line.seconds));
  return (
    <div class="inside" tabIndex={-1}>
      <dl class="facts">
        <div>
          <dt>Reseller</dt>
          <dd>
            <bdi>{organization.resellerName}</bdi>
          </dd>
        </div>
        <div>
          <dt>Organization id</dt>
          <dd class="id">{organization.id}</dd>
        </div>
        <div>
          <dt>Exact seconds</dt>
          <dd>{count(seconds)}</dd>
        </div>
      </dl>
      {lines.length === 0 ? (
        <p class="quiet">This organization has no agents and no calls in this period.</p>
      ) : (
        <table role="table" class="grid inner">
          <caption class="hidden">
            Agents of <bdi>{organization.name}</bdi>
          </caption>
          <thead role="rowgroup">
            <tr role="row">
              <th role="columnheader" scope="col" class="name">
                Agent
              </th>
              <th role="columnheader" scope="col" class="minutes">
                Minutes
              </th>
              <th role="columnheader" scope="col" class="share">
                Share
              </th>
              <th role="columnheader" scope="col" class="previous">
                Before
              </th>
              <th role="columnheader" scope="col" class="change">
                Change
              </th>
            </tr>
          </thead>
          <tbody role="rowgroup">
            {(isWhole ? lines : lines.slice(0, FIRST_LINES)).map((line) => (
              <tr role="row" key={line.id} class="line">
                <th role="rowheader" scope="row" class="name">
                  <bdi class="title">{line.name}</bdi>
                </th>
                <td role="cell" class="minutes">
                  {minutes(line.seconds)}
                </td>
                <td role="cell" class="share">
                  <span class="bar" aria-hidden="true">
                    <span style={{ width: `${(100 * line.seconds) / largest}%` }} />
                  </span>
                  <span>{share(seconds === 0 ? 0 : line.seconds / seconds)}</span>
                </td>
                <td role="cell" class="previous">
                  {line.before === undefined ? <span class="quiet">–</span> : minutes(line.before)}
                </td>
                <td role="cell" class="change">
                  <Change seconds={line.seconds} before={line.before} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {!isWhole && (
        <button type="button" class="secondary" onClick={() => setIsWhole(true)}>
          Show all {count(lines.length)} lines
        </button>
      )}
    </div>
  );
}
