import { ask } from "../report/ask.ts";
import type { ExitCode } from "../report/failure.ts";
import { startProgress } from "../report/progress.ts";
import { addressOf, headersOf, type ReportRequest } from "../report/request.ts";
import { asShown, requireFormat, runCommand, type Surroundings, widthOf } from "../report/run-command.ts";
import { billsTable, billTable } from "./bill-table.ts";
import { BILL_HELP } from "./help.ts";
import { type BillOptions, readBillOptions } from "./options.ts";
import { readBill, readBills } from "./read-bill.ts";

/** Runs one call of `voice-minutes bill`. @returns its exit code */
export function runBill(args: readonly string[], surroundings: Surroundings): Promise<ExitCode> {
  return runCommand("bill", surroundings, async () => {
    const options = readBillOptions(args, surroundings.environment);
    return { content: options === "help" ? BILL_HELP : await contentOf(options, surroundings) };
  });
}

async function contentOf(options: BillOptions, { stdout, stderr, silenceLimit = 60_000 }: Surroundings) {
  const { number, format, patience, quiet } = options;
  using progress = startProgress(stderr, quiet);
  const what = number === undefined ? "list of bills" : "bill";
  const answer = await ask(requestFor(options), { what: `the ${what}`, patience, silenceLimit }, progress);
  requireFormat(what, answer, format);
  if (format === "csv") return asShown(answer.body, stdout);
  const json = answer.body.toString();
  const width = widthOf(stdout);
  if (number !== undefined) {
    const bill = readBill(json, number);
    if (bill.usage.length + bill.adjustments.length === 0) progress.note(EMPTY_NOTE);
    return format === "json" ? asShown(answer.body, stdout) : billTable(bill, width);
  }
  const bills = readBills(json);
  const damaged = bills.data.filter(({ totals }) => totals === null).map((bill) => bill.number);
  if (damaged.length > 0)
    progress.note(`Note: stored data of bills is damaged: ${damaged.join(", ")}. ${DAMAGED}`);
  return format === "json" ? asShown(answer.body, stdout) : billsTable(bills, width);
}

const EMPTY_NOTE = "Note: the token's resellers have no line in this bill.";
const DAMAGED = "Do not post them; tell the operator.";

function requestFor(options: BillOptions): ReportRequest {
  const { service, number } = options;
  const url = addressOf(service, `/v1/billing/bills${number === undefined ? "" : `/${number}`}`);
  return { method: "GET", url, headers: headersOf(options, url), body: "" };
}
