import { Component } from "preact";
import { OrganizationRow } from "./organization-row.tsx";
import type { Row } from "./rows.ts";

interface OrganizationRowsProps {
  readonly rows: readonly Row[];
  /** The place of the first row in the table, from 1 for the header. */
  readonly first: number;
  /** Keys of the organizations that are open. */
  readonly open: ReadonlySet<string>;
  readonly showsReseller: boolean;
  readonly onToggle: (key: string) => void;
  /** Pixels to take in place of the rows, while they are far from the screen; undefined to render them. */
  readonly height: number | undefined;
}

/** A part of the table. It is rendered again only where something in it has changed. */
export class OrganizationRows extends Component<OrganizationRowsProps> {
  override shouldComponentUpdate(next: OrganizationRowsProps): boolean {
    const { rows, first, open, showsReseller, onToggle, height } = this.props;
    if (height !== next.height) return true;
    if (next.height !== undefined) return false;
    if (rows !== next.rows || first !== next.first || showsReseller !== next.showsReseller) return true;
    if (onToggle !== next.onToggle) return true;
    return (
      open !== next.open && rows.some(({ organization: { key } }) => open.has(key) !== next.open.has(key))
    );
  }

  override render({ rows, first, open, showsReseller, onToggle, height }: OrganizationRowsProps) {
    if (height !== undefined) return <tbody role="rowgroup" style={{ height: `${height}px` }} />;
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
