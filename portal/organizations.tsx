import { useLayoutEffect, useMemo, useRef } from "preact/hooks";
import { count, counted, daysText, minutes } from "./figures.ts";
import type { ChangeView } from "./hooks.ts";
import { Message } from "./message.tsx";
import { useNearParts } from "./near-parts.ts";
import { OrganizationRows } from "./organization-rows.tsx";
import type { Previous } from "./parts.ts";
import { sumOf } from "./report.ts";
import { arranged, type Row, type Table } from "./rows.ts";
import { COLUMNS, type Column, descendsAtFirst, type View } from "./view.ts";

/** Lines of a part of the table. All 5,000 lines at once took three seconds to sort and ten to appear. */
const PART = 20;

interface OrganizationsProps {
  readonly table: Table;
  readonly previous: Previous;
  readonly view: View;
  readonly change: ChangeView;
}

/** The organizations that match the search, in the chosen order. Each opens to its agents. */
export function Organizations({ table, previous, view, change }: OrganizationsProps) {
  const { search, sort, open } = view;
  const rows = useMemo(() => arranged(table.rows, { search, sort }), [table, search, sort]);
  const parts = useMemo(() => partsOf(rows), [rows]);
  const grid = useRef<HTMLTableElement>(null);
  const near = useNearParts(grid, parts);
  const fromStart = useRef(false);
  useLayoutEffect(() => {
    if (fromStart.current) grid.current?.scrollIntoView();
    fromStart.current = false;
  }, [parts]);
  const isOpen = useMemo(() => new Set(open), [open]);
  const latest = useRef(open);
  latest.current = open;
  const toggle = useMemo(
    () => (key: string) => {
      const keys = latest.current;
      change({ open: keys.includes(key) ? keys.filter((one) => one !== key) : [...keys, key] }, "in place");
    },
    [change],
  );
  const severalResellers = useMemo(
    () => new Set(table.rows.map(({ organization }) => organization.resellerId)).size > 1,
    [table],
  );
  const onlyBefore = table.rows.length - table.organizationCount;
  const before = previous.kind === "none" ? "Before" : daysText(previous.days);
  const resort = (next: View["sort"]) => {
    change({ sort: next });
    const { current } = grid;
    if (current === null || current.getBoundingClientRect().top >= 0) return;
    // Show the table from its start. The middle of another order means nothing to the reader.
    near.restart();
    fromStart.current = true;
  };
  return (
    <section class="organizations" aria-labelledby="organizations" tabIndex={-1}>
      <div class="heading">
        <h2 id="organizations">Organizations</h2>
        <p class="quiet" role="status">
          {search === ""
            ? `${counted(table.organizationCount, "organization")}${onlyBefore === 0 ? "" : `, plus ${count(onlyBefore)} that had usage only in the previous period`}`
            : `${counted(rows.length, "organization")} found, ${minutes(sumOf(rows))} minutes`}
        </p>
      </div>
      {rows.length === 0 ? (
        <Message
          level={2}
          title="Nothing found"
          action={
            <button type="button" class="secondary" onClick={() => change({ search: "" }, "in place")}>
              Clear the search
            </button>
          }
        >
          No organization, reseller or id of this period contains “<bdi>{search}</bdi>”.
        </Message>
      ) : (
        <table
          ref={grid}
          role="table"
          class="grid"
          aria-labelledby="organizations"
          aria-rowcount={rows.length + 1}
        >
          <Head sort={sort} onSort={resort} before={before} />
          {parts.map((part, index) => (
            <OrganizationRows
              key={index}
              rows={part}
              first={index * PART + 2}
              open={isOpen}
              showsReseller={severalResellers}
              onToggle={toggle}
              height={near.isNear(index) ? undefined : near.heightOf(index, part.length)}
            />
          ))}
        </table>
      )}
    </section>
  );
}

const NAMES: Readonly<Record<Column, string>> = {
  name: "Organization",
  agents: "Agents",
  minutes: "Minutes",
  share: "Share",
  previous: "Before",
  change: "Change",
};

function Head({
  sort,
  onSort,
  before,
}: Pick<View, "sort"> & { readonly onSort: (sort: View["sort"]) => void; readonly before: string }) {
  return (
    <thead role="rowgroup">
      <tr role="row" aria-rowindex={1}>
        {COLUMNS.map((column) => {
          const isSorted = sort.by === column;
          const descending = isSorted ? !sort.descending : descendsAtFirst(column);
          return (
            <th
              key={column}
              role="columnheader"
              scope="col"
              class={column}
              {...(isSorted && { "aria-sort": sort.descending ? "descending" : "ascending" })}
            >
              <button type="button" onClick={() => onSort({ by: column, descending })}>
                {column === "previous" ? before : NAMES[column]}
                <svg class="arrow" viewBox="0 0 10 10" aria-hidden="true">
                  <path d={isSorted && !sort.descending ? "M5 1.5 9 8H1z" : "M5 8.5 1 2h8z"} />
                </svg>
              </button>
            </th>
          );
        })}
      </tr>
    </thead>
  );
}

function partsOf(rows: readonly Row[]): Row[][] {
  const length = Math.ceil(rows.length / PART);
  return Array.from({ length }, (_, index) => rows.slice(index * PART, (index + 1) * PART));
}
