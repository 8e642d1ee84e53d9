/** A lake of a few calls, the months of which are closed with a store in memory, and the runs that watch them. */

import { verifyBucket } from "../../../audit/verify/verify-bucket.ts";
import { billingSnapshot } from "../../../functions/billing-snapshot/handler.ts";
import { daysOf, type Month, toMilliseconds } from "../../../lib/billing/month.ts";
import type { SnapshotStore } from "../../../lib/billing/snapshots.ts";
import { sha256 } from "../../../lib/billing/statement.ts";
import type { Querier, Query } from "../../../lib/query.ts";
import { invocation } from "../http/events.ts";
import { collect, day } from "../valid.ts";
import { memoryBucket, memoryStore } from "./memory-store.ts";
import { asOfIn, type Cells, monthIn, monthRows } from "./scripted-month.ts";
import { instant, month } from "./valid.ts";

/** A call of one agent. */
export interface Call {
  readonly dt: string;
  readonly seconds: number;
  readonly recordedAt: string;
}

const AGENT = { reseller: "a1", agent: "c1" };

export interface RunOptions {
  /** Milliseconds that the function has. */
  readonly remaining?: number;
  readonly store?: SnapshotStore;
  /** Whether the lake's files are listed; they are by default. */
  readonly isListed?: boolean;
}

export function watchedLake(billFrom: string, lookBackMonths = 12) {
  const objects = new Map<string, Uint8Array>();
  const store = memoryStore(objects);
  const months = new Map<Month, Call[]>();
  /** The names of a month's files, in addition to their content. */
  const layouts = new Map<Month, string>();
  const answered = new Map<string, readonly Cells[]>();
  const lines: Record<string, unknown>[] = [];

  function recordsOf(parameters: readonly string[]) {
    const of = monthIn(months.keys(), parameters);
    const calls = (of === undefined ? undefined : months.get(of)) ?? [];
    return calls.map((call, index) => ({ ...call, ...AGENT, call: String(index) }));
  }

  function answer<Row>({ text, parameters, columns }: Query<Row>): readonly Cells[] {
    const key = JSON.stringify([text, parameters]);
    const known = answered.get(key) ?? monthRows(columns, recordsOf(parameters), [], asOfIn(parameters));
    answered.set(key, known);
    return known;
  }

  const query: Querier = async function* asked(of) {
    yield answer(of).map(of.parseRow);
  };

  async function digestOf(of: Month): Promise<string> {
    return sha256(Buffer.from(JSON.stringify([months.get(of) ?? [], layouts.get(of)])));
  }

  return {
    objects,
    store,
    months,
    layouts,
    /** How often the engine got a new query. */
    queries: () => answered.size,
    /** One call a day of the month. */
    fill(of: string): void {
      const calls = daysOf(month(of)).map((dt) => ({ dt, seconds: 60, recordedAt: `${dt}T12:00:00Z` }));
      months.set(month(of), calls);
    },
    /** Runs the function as of the instant; @returns its outcome or error, and its log line */
    async run(
      event: object,
      { remaining = 900_000, store: given = store, isListed = true }: RunOptions = {},
    ) {
      lines.length = 0;
      const handler = billingSnapshot({
        query,
        store: given,
        graceDays: 3,
        earliestDate: day("2020-01-01"),
        billFrom: month(billFrom),
        lookBackMonths,
        toleratedBrokenRecords: 0,
        listing: isListed ? digestOf : undefined,
        now: () => toMilliseconds(instant("2027-12-31T00:00:00Z")),
        write: (line) => void lines.push(JSON.parse(line)),
      });
      const result = await handler(event, invocation(remaining)).catch((error: unknown) => error);
      const line = lines.findLast(({ message }) => message === "snapshot") ?? {};
      return {
        result,
        line,
        failures: lines.filter(({ level, message }) => level === "error" && message !== "snapshot"),
      };
    },
    /** The schedule's run. */
    at(scheduled_time: string, options?: RunOptions) {
      return this.run({ scheduled_time }, options);
    },
    /** The verifier's findings. */
    async findings(): Promise<string[]> {
      const verdicts = await collect(verifyBucket(memoryBucket(objects), { from: month(billFrom) }));
      return verdicts.flatMap(({ findings }) => findings);
    },
    keysOf: (prefix: string) => [...objects.keys()].filter((key) => key.startsWith(prefix)),
  };
}
