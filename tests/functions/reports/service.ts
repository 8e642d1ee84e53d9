/** Runs the handler like Lambda, over a querier that records its queries and answers with given rows. */
import { gunzipSync } from "node:zlib";
import * as z from "zod";
import { reportsApi } from "../../../functions/reports/handler.ts";
import type { PartnerBudget } from "../../../lib/http/admission.ts";
import type { Accounts } from "../../../lib/http/caller-scope.ts";
import type { Querier, Query, RunOptions } from "../../../lib/query.ts";
import { REPORTS } from "../../../lib/reports/table.ts";
import { gatewayEvent, invocation, type Sent } from "../../lib/http/events.ts";
import { day } from "../../lib/valid.ts";

type Cells = readonly (string | null)[];

const answered = z.strictObject({
  statusCode: z.number(),
  headers: z.record(z.string(), z.string()),
  body: z.string(),
  isBase64Encoded: z.boolean().optional(),
});

/** An answer as the caller gets it, with its body unpacked. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly isGzipped: boolean;
}

/** A query that was started. */
export type Asked = Pick<Query<unknown>, "text" | "parameters">;

/** The result of a query: its rows, or its failure. */
export type Result = readonly Cells[] | Error;

export const NOW = Date.UTC(2026, 4, 1, 12);

/** A complete result of any report without figures: its total row alone. */
function nothingOf({ columns }: Query<unknown>): Cells[] {
  const isFigure = (name: string) => ["seconds", "calls", "figures", "days"].includes(name);
  return [columns.map((name) => (isFigure(name) ? "0" : null))];
}

export function startService({
  result,
  resellerClaim = "reseller_ids",
  accounts,
  budget,
}: {
  result?: Result;
  resellerClaim?: string;
  accounts?: Accounts;
  budget?: PartnerBudget;
} = {}) {
  const queries: Asked[] = [];
  const options: RunOptions[] = [];
  const lines: string[] = [];

  const query: Querier = async function* answer(asked, asking) {
    await asking.admit?.("0".repeat(64));
    queries.push(asked);
    options.push(asking);
    if (result instanceof Error) throw result;
    const rows = result ?? nothingOf(asked);
    yield rows.map(asked.parseRow);
    asking.observe({ rows: rows.length });
  };
  const handler = reportsApi({
    reports: REPORTS,
    query,
    limits: { earliestDate: day("2020-01-01"), maxRangeDays: 366 },
    resellerClaim,
    accounts,
    budget,
    now: () => NOW,
    write: (line) => void lines.push(line),
  });

  return {
    queries,
    options,
    lines,
    async send(sent: Sent, remaining?: number): Promise<Answer> {
      // Called like Lambda: the event is only what arrives.
      const returned: unknown = await Reflect.apply(handler, undefined, [
        gatewayEvent(sent),
        invocation(remaining),
      ]);
      const {
        statusCode: status,
        headers,
        body,
        isBase64Encoded: isGzipped = false,
      } = answered.parse(returned);
      return {
        status,
        headers,
        body: isGzipped ? gunzipSync(Buffer.from(body, "base64")).toString() : body,
        isGzipped,
      };
    },
  };
}
