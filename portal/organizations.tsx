import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import type { Previous } from "./ask.ts";
import { count, counted, daysText, minutes } from "./figures.ts";
import type { ChangeView } from "./hooks.ts";
import { Message } from "./message.tsx";
import { OrganizationRows } from "./organization-rows.tsx";
import { sumOf } from "./report.ts";
import { arranged, type Row, type Table } from "./rows.ts";
import { COLUMNS, type Column, descendsAtFirst, type View } from "./view.ts";

/**
 * So many lines are one part of the table: one at first, and two more whenever the reader comes near the last. All 5,000
 * at once took three seconds to sort and ten to appear.
 */
const PART = 60;
const MORE_PARTS = 2;

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
  const parts = useMemo(() => partsOf(rows), [rows]);
  const { shown, end } = useGrowing(parts);
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
          {parts.slice(0, shown).map((part, index) => (
            <OrganizationRows
              key={index}
              rows={part}
              first={index * PART + 2}
              open={isOpen}
              showsReseller={severalResellers}
              onToggle={toggle}
            />
          ))}
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

function partsOf(rows: readonly Row[]): Row[][] {
  const length = Math.ceil(rows.length / PART);
  return Array.from({ length }, (_, index) => rows.slice(index * PART, (index + 1) * PART));
}

/** How many of the parts are shown: more and more of the same, one of others. */
function useGrowing(parts: readonly Row[][]) {
  const [grown, setGrown] = useState({ parts, shown: 1 });
  const shown = grown.parts === parts ? grown.shown : 1;
  const end = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const { current } = end;
    if (current === null || shown >= parts.length) return undefined;
    const observer = new IntersectionObserver(
      ([entry]) => {
        if (entry?.isIntersecting) setGrown({ parts, shown: shown + MORE_PARTS });
      },
      { rootMargin: "1500px" },
    );
    observer.observe(current);
    return () => observer.disconnect();
  }, [parts, shown]);
  return { shown, end };
}
