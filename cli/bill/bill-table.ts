import { type SignedSeconds, sumSigned } from "../../lib/minutes.ts";
import { type Column, sideBySide } from "../report/columns.ts";
import { shown } from "../report/shown-text.ts";
import { grouped, minutesShown, tableText } from "../report/table.ts";
import type { Bill, Bills } from "./read-bill.ts";

/** Renders the list of bills and the pending adjustments as tables. */
export function billsTable({ data, pending, damaged }: Bills, width?: number): string {
  const figure = (title: string, of: (totals: NonNullable<Bills["data"][number]["totals"]>) => string) =>
    right(
      title,
      data.map(({ totals }) => (totals === null ? "damaged" : of(totals))),
    );
  const bills: Column[] = [
    right(
      "bill",
      data.map((each) => String(each.number)),
    ),
    left(
      "kind",
      data.map(({ kind }) => kind),
    ),
    left(
      "month",
      data.map(({ period }) => period ?? "-"),
    ),
    figure("usage, s", ({ usage }) => secondsShown(usage)),
    figure("adjustments, s", ({ adjustments }) => secondsShown(adjustments)),
    figure("total, s", ({ all }) => secondsShown(all)),
    figure("minutes", ({ all }) => minutesShown(all)),
    left(
      "as of",
      data.map(({ as_of }) => shown(as_of)),
    ),
  ];
  const waiting: Column[] = [
    left(
      "month",
      pending.map(({ period }) => period),
    ),
    right(
      "revision",
      pending.map(({ revision }) => String(revision)),
    ),
    right(
      "lines",
      pending.map((each) => grouped(String(each.adjustment_lines))),
    ),
    right(
      "seconds",
      pending.map((each) => secondsShown(each.adjustment_seconds)),
    ),
    right(
      "minutes",
      pending.map((each) => minutesShown(each.adjustment_seconds)),
    ),
  ];
  const parts = [
    data.length === 0 ? ["No bill yet"] : ["Bills", "", ...sideBySide(bills, width)],
    ...(damaged.length > 0
      ? [[`Adjustments that cannot be read, because they are damaged: ${damaged.join(", ")}`]]
      : []),
    ...(pending.length > 0 ? [["Adjustments that wait for a bill", "", ...sideBySide(waiting, width)]] : []),
    ...(pending.length + damaged.length === 0 ? [["No adjustments wait for a bill"]] : []),
  ];
  return `${parts.map((lines) => lines.join("\n")).join("\n\n")}\n`;
}

/** Renders a bill as tables: usage by month, adjustments, and what to invoice. */
export function billTable(bill: Bill, width?: number): string {
  const { totals } = bill;
  const parts = [
    `${titleOf(bill)}\n`,
    ...bill.usage.map((month) => usageTable(month, width)),
    ...(bill.adjustments.length > 0 ? [adjustmentsTable(bill, width)] : []),
    [
      `Usage: ${linesShown(totals.usageLines)}, ${secondsShown(totals.usage)} s`,
      `Adjustments: ${linesShown(totals.adjustmentLines)}, ${secondsShown(totals.adjustments)} s`,
      `${bill.kind === "opening" ? "Not to invoice" : "To invoice"}: ${secondsShown(totals.all)} s, ${minutesShown(totals.all)} minutes\n`,
    ].join("\n"),
  ];
  return parts.join("\n");
}

function titleOf({ number, kind, period, as_of }: Bill): string {
  const of = {
    opening: "opening: months that were invoiced elsewhere, do not post it",
    month: `month ${period ?? ""}`,
    adjustments: "adjustments only",
  }[kind];
  return `Bill ${number}, ${of}, as of ${shown(as_of)}`;
}

function usageTable({ period, revision, data }: Bill["usage"][number], width?: number): string {
  const rows = data.flatMap(({ agents, ...organization }) =>
    agents.map((agent) => ({ ...organization, ...agent })),
  );
  const total = sumSigned(rows.map((row) => row.voice_seconds));
  const columns = [
    left("organization", [...rows.map((row) => shown(row.organization_name)), "Total"], true),
    left("agent", [...rows.map((row) => shown(row.agent_name)), ""], true),
    ...resellerColumn(rows),
    ...figures(
      rows.map((row) => row.voice_seconds),
      total,
    ),
  ];
  return tableText(
    [`Usage of ${shown(period.start_date).slice(0, 7)}, revision ${revision}`],
    columns,
    width,
  );
}

function adjustmentsTable({ adjustments }: Bill, width?: number): string {
  const total = sumSigned(adjustments.map((row) => row.seconds_delta));
  const cells = (of: (row: Bill["adjustments"][number]) => string) => [...adjustments.map(of), ""];
  const columns = [
    left("month", [...adjustments.map((row) => row.period), "Total"]),
    right(
      "revision",
      cells((row) => String(row.revision)),
    ),
    right(
      "first bill",
      cells((row) => String(row.original_bill)),
    ),
    left(
      "organization",
      cells((row) => shown(row.organization_name)),
      true,
    ),
    left(
      "agent",
      cells((row) => shown(row.agent_name)),
      true,
    ),
    ...resellerColumn(adjustments),
    right(
      "before, s",
      cells((row) => secondsShown(row.seconds_before)),
    ),
    right(
      "after, s",
      cells((row) => secondsShown(row.seconds_after)),
    ),
    ...figures(
      adjustments.map((row) => row.seconds_delta),
      total,
    ),
  ];
  return tableText(["Adjustments"], columns, width);
}

/** The reseller of each row, if there are several. */
function resellerColumn(
  rows: readonly { readonly reseller_id: string; readonly reseller_name: string }[],
): Column[] {
  if (new Set(rows.map((row) => row.reseller_id)).size < 2) return [];
  return [left("reseller", [...rows.map((row) => shown(row.reseller_name)), ""], true)];
}

function figures(seconds: readonly SignedSeconds[], total: SignedSeconds): Column[] {
  return [
    right("seconds", [...seconds, total].map(secondsShown)),
    right("minutes", [...seconds, total].map(minutesShown)),
  ];
}

function left(title: string, cells: readonly string[], mayShrink = false): Column {
  return { title, align: "left", cells, mayShrink };
}

function right(title: string, cells: readonly string[]): Column {
  return { title, align: "right", cells };
}

function secondsShown(seconds: SignedSeconds): string {
  return grouped(String(seconds));
}

function linesShown(lines: number): string {
  return lines === 1 ? "1 line" : `${grouped(String(lines))} lines`;
}
