import { Component } from "preact";
import { OrganizationRow } from "./organization-row.tsx";
import type { Row } from "./rows.ts";

interface OrganizationRowsProps {
  readonly rows: readonly Row[];
  /** The place of the first in the table, from 1 for the header. */
  readonly first: number;
  /** Keys of the organizations that are open. */
  readonly open: ReadonlySet<string>;
  readonly showsReseller: boolean;
  readonly onToggle: (key: string) => void;
}

/**
 * Some lines of the table, as one part of it: the browser lays it out only while it is near the screen, and it is
 * rendered anew only where something in it is other. So a line costs the same among 60 as among 5,000.
 */
export class OrganizationRows extends Component<OrganizationRowsProps> {
  override shouldComponentUpdate(next: OrganizationRowsProps): boolean {
    const { rows, first, open, showsReseller, onToggle } = this.props;
    if (rows !== next.rows || first !== next.first || showsReseller !== next.showsReseller) return true;
    if (onToggle !== next.onToggle) return true;
    return (
      open !== next.open && rows.some(({ organization: { key } }) => open.has(key) !== next.open.has(key))
    );
  }

  override render({ rows, first, open, showsReseller, onToggle }: OrganizationRowsProps) {
    return (
      <tbody role="rowgroup">
        {rows.map((row, index) => (
          <OrganizationRow
            key={row.organization.key}
            row={row}
            index={first + index}
            isOpen={open.has(row.organization.key)}
            showsReseller={showsReseller}
            onToggle={onToggle}
          />
        ))}
      </tbody>
    );
  }
}
