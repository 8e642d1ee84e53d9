import { Component } from "preact";
import { Agents } from "./agents.tsx";
import { Change } from "./change.tsx";
import { count, counted, minutes, share } from "./figures.ts";
import type { Row } from "./rows.ts";

interface OrganizationRowProps {
  readonly row: Row;
  /** Its place in the table; the header has 1. */
  readonly index: number;
  readonly isOpen: boolean;
  readonly showsReseller: boolean;
  readonly onToggle: (key: string) => void;
}

/** A line of the table and, when open, the organization's agents. Rendered again only if it has changed. */
export class OrganizationRow extends Component<OrganizationRowProps> {
  override shouldComponentUpdate(next: OrganizationRowProps): boolean {
    const { row, index, isOpen, showsReseller, onToggle } = this.props;
    return (
      row !== next.row ||
      index !== next.index ||
      isOpen !== next.isOpen ||
      showsReseller !== next.showsReseller ||
      onToggle !== next.onToggle
    );
  }

  override render({ row, index, isOpen, showsReseller, onToggle }: OrganizationRowProps) {
    const { organization, seconds, before } = row;
    const { key, name, resellerName } = organization;
    return (
      <>
        <tr role="row" aria-rowindex={index} class={isOpen ? "line open" : "line"}>
          <th role="rowheader" scope="row" class="name">
            <button type="button" aria-expanded={isOpen} onClick={() => onToggle(key)}>
              <svg class="chevron" viewBox="0 0 16 16" aria-hidden="true">
                <path d="m6 3 5 5-5 5" />
              </svg>
              <span>
                <bdi class="title">{name}</bdi>
                {showsReseller && <bdi class="quiet">{resellerName}</bdi>}
                {row.isOnlyBefore && <span class="quiet">no usage in this period</span>}
              </span>
            </button>
          </th>
          <td role="cell" class="agents">
            <span class="on-wide">{count(organization.agentCount)}</span>
            <span class="on-narrow">{counted(organization.agentCount, "agent")}</span>
          </td>
          <td role="cell" class="minutes">
            {minutes(seconds)}
          </td>
          <td role="cell" class="share">
            <span class="bar" aria-hidden="true">
              <span style={{ width: `${100 * row.width}%` }} />
            </span>
            <span>{share(row.share)}</span>
          </td>
          <td role="cell" class="previous">
            {before === undefined ? <span class="quiet">–</span> : minutes(before)}
          </td>
          <td role="cell" class="change">
            <Change seconds={seconds} before={before} />
          </td>
        </tr>
        {isOpen && (
          <tr role="row" class="detail">
            <td role="cell" colSpan={6}>
              <Agents row={row} />
            </td>
          </tr>
        )}
      </>
    );
  }
}
