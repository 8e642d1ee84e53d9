import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import type { Previous } from "./ask.ts";
import { count, counted, daysText, minutes } from "./figures.ts";
import type { ChangeView } from "./hooks.ts";
import { Message } from "./message.tsx";
import { OrganizationRow } from "./organization-row.tsx";
import { sumOf } from "./report.ts";
import { arranged, type Row, type Table } from "./rows.ts";
import { COLUMNS, type Column, descendsAtFirst, type View } from "./view.ts";

/** So many rows at first, and so many more whenever the reader comes near the last: a page of 5,000 costs as one of 60. */
const FIRST_ROWS = 60;
const MORE_ROWS = 120;

interface OrganizationsProps {
  readonly table: Table;
  readonly previous: Previous;
  readonly view: View;
  readonly change: ChangeView;
}

/** The organizations that were found, in the chosen order; each opens to its agents. */
export function Organizations({ table, previous, view, change }: OrganizationsProps) {
  const { search, sort, open } = view;
  const rows = useMemo(() => arranged(table.rows, { search, sort }), [table, search, sort]);
  const { shown, end } = useGrowing(rows);
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
  return (
    <section class="organizations" aria-labelledby="organizations">
      <div class="heading">
        <h2 id="organizations">Organizations</h2>
        <p class="quiet" role="status">
          {search === ""
            ? `${counted(table.organizationCount, "organization")}${onlyBefore === 0 ? "" : `, and ${count(onlyBefore)} of the period before alone`}`
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
          No organization of this period, its reseller or its id holds “<bdi>{search}</bdi>”.
        </Message>
      ) : (
        <table role="table" class="grid" aria-labelledby="organizations" aria-rowcount={rows.length + 1}>
          <Head sort={sort} change={change} before={before} />
          <tbody role="rowgroup">
            {rows.slice(0, shown).map((row, index) => (
              <OrganizationRow
                key={row.organization.key}
                row={row}
                index={index + 2}
                isOpen={isOpen.has(row.organization.key)}
                showsReseller={severalResellers}
                onToggle={toggle}
              />
            ))}
          </tbody>
        </table>
      )}
      <div ref={end} class="end" />
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
  change,
  before,
}: Pick<View, "sort"> & { readonly change: ChangeView; readonly before: string }) {
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
              <button type="button" onClick={() => change({ sort: { by: column, descending } })}>
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

/** How many of the rows are shown: more and more of the same, few of others. */
function useGrowing(rows: readonly Row[]) {
  const [grown, setGrown] = useState({ rows, shown: FIRST_ROWS });
  const shown = grown.rows === rows ? grown.shown : FIRST_ROWS;
  const end = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const { current } = end;
    if (current === null || shown >= rows.length) return undefined;
    const observer = new IntersectionObserver(
      ([entry]) => {
        if (entry?.isIntersecting) setGrown({ rows, shown: shown + MORE_ROWS });
      },
      { rootMargin: "1500px" },
    );
    observer.observe(current);
    return () => observer.disconnect();
  }, [rows, shown]);
  return { shown, end };
}
