import { isMonth, type Month, periodOf } from "../lib/billing/month.ts";

/** The columns that the table can be sorted by. */
export const COLUMNS = ["name", "agents", "minutes", "share", "previous", "change"] as const;
export type Column = (typeof COLUMNS)[number];

/** The shown period: a calendar month, or days as the reader typed them, valid or not. Both ends are included. */
export type Days =
  | { readonly kind: "month"; readonly month: Month }
  | { readonly kind: "range"; readonly start: string; readonly end: string };

/** The state of the page. The address contains all of it, so a link shows the same view. */
export interface View {
  readonly days: Days;
  /** For a closed month: the billed figures, or the report as it is now. */
  readonly figures: "billed" | "live";
  /** For a closed month; undefined for the newest. */
  readonly revision: number | undefined;
  /** Ids of the resellers to see; all when empty. */
  readonly resellers: readonly string[];
  readonly search: string;
  readonly sort: { readonly by: Column; readonly descending: boolean };
  /** Keys of the organizations that are open. */
  readonly open: readonly string[];
  /** The list of bills or one bill in place of the report; undefined for the report. */
  readonly bill: "all" | number | undefined;
}

/** Whether a column shows the largest first. */
export function descendsAtFirst(column: Column): boolean {
  return column !== "name";
}

const SORT: View["sort"] = { by: "minutes", descending: true };

/** @param query of the address @param today a UTC day, whose month is shown if the address names none */
export function readView(query: string, today: string): View {
  const given = new URLSearchParams(query);
  const [by = "", direction] = (given.get("sort") ?? "").split("-");
  const column = COLUMNS.find((known) => known === by);
  return {
    days: readDays(given, today),
    figures: given.get("figures") === "live" ? "live" : "billed",
    revision: numberOf(given.get("revision")),
    resellers: elements(given.get("resellers")),
    search: given.get("q") ?? "",
    sort:
      column === undefined
        ? SORT
        : {
            by: column,
            descending: direction === undefined ? descendsAtFirst(column) : direction === "desc",
          },
    open: elements(given.get("open")),
    bill: given.get("bill") === "all" ? "all" : numberOf(given.get("bill")),
  };
}

/** The query of an address that shows the view. Default values are left out. */
export function writeView(view: View): string {
  const { days, figures, revision, resellers, search, sort, open, bill } = view;
  const given: [string, string][] =
    days.kind === "month"
      ? [["month", days.month]]
      : [
          ["start_date", days.start],
          ["end_date", days.end],
        ];
  if (figures === "live") given.push(["figures", "live"]);
  if (revision !== undefined) given.push(["revision", String(revision)]);
  if (resellers.length > 0) given.push(["resellers", resellers.join(",")]);
  if (search !== "") given.push(["q", search]);
  if (sort.by !== SORT.by || sort.descending !== SORT.descending) {
    given.push(["sort", `${sort.by}-${sort.descending ? "desc" : "asc"}`]);
  }
  if (open.length > 0) given.push(["open", open.join(",")]);
  if (bill !== undefined) given.push(["bill", String(bill)]);
  return `?${new URLSearchParams(given).toString().replaceAll("%2C", ",")}`;
}

/** The first and last day of the shown period, as the reader typed them. */
export function boundsOf(days: Days): { readonly start: string; readonly end: string } {
  return days.kind === "month" ? periodOf(days.month) : days;
}

function readDays(given: URLSearchParams, today: string): Days {
  const start = given.get("start_date");
  const end = given.get("end_date");
  if (start !== null || end !== null) return { kind: "range", start: start ?? "", end: end ?? "" };
  const asked = given.get("month") ?? "";
  const present = today.slice(0, 7);
  if (isMonth(asked)) return { kind: "month", month: asked };
  return isMonth(present) ? { kind: "month", month: present } : { kind: "range", start: today, end: today };
}

/** A number from 1 to 9,999; undefined for any other text. */
function numberOf(text: string | null): number | undefined {
  return /^[1-9][0-9]{0,3}$/.test(text ?? "") ? Number(text) : undefined;
}

function elements(text: string | null): string[] {
  return [...new Set((text ?? "").split(",").filter((element) => element !== ""))];
}
