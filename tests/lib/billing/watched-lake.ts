/** A lake of a few calls, the months of which are closed over a store in memory, and the runs that watch them. */
import { billingSnapshot } from "../../../functions/billing-snapshot/handler.ts";
import { daysOf, type Month, periodOf, toMilliseconds } from "../../../lib/billing/month.ts";
import type { SnapshotStore } from "../../../lib/billing/snapshots.ts";
import { sha256 } from "../../../lib/billing/statement.ts";
import type { Querier, Query } from "../../../lib/query.ts";
import { verifyBucket } from "../../../local/verify/verify-bucket.ts";
import { invocation } from "../http/events.ts";
import { collect, day, uuid } from "../valid.ts";
import { memoryBucket, memoryStore } from "./memory-store.ts";
import { instant, month } from "./valid.ts";

/** A call of one agent. */
export interface Call {
  readonly dt: string;
  readonly seconds: number;
  readonly recordedAt: string;
}

const IDS = { reseller_id: uuid("a1"), organization_id: uuid("b1"), agent_id: uuid("c1") };

export interface RunOptions {
  /** Milliseconds that the function has. */
  readonly remaining?: number;
  readonly store?: SnapshotStore;
}

export function watchedLake(billFrom: string, lookBackMonths = 12) {
  const objects = new Map<string, Uint8Array>();
  const store = memoryStore(objects);
  const months = new Map<Month, Call[]>();
  /** What the files of a month are called, beside their content. */
  const layouts = new Map<Month, string>();
  const answered = new Map<string, readonly Cells[]>();
  const lines: Record<string, unknown>[] = [];

  function answer<Row>({ text, parameters, columns }: Query<Row>): readonly Cells[] {
    const key = JSON.stringify([text, parameters]);
    const known = answered.get(key) ?? rowsOf(columns, callsOf(months, parameters), asOfIn(parameters));
    answered.set(key, known);
    return known;
  }

  const query: Querier = async function* asked(of) {
    yield answer(of).map(of.parseRow);
  };

  return {
    objects,
    store,
    months,
    layouts,
    /** How often the engine was asked something new. */
    queries: () => answered.size,
    /** One call a day of the month. */
    fill(of: string): void {
      const calls = daysOf(month(of)).map((dt) => ({ dt, seconds: 60, recordedAt: `${dt}T12:00:00Z` }));
      months.set(month(of), calls);
    },
    /** Runs the function as of the instant; @returns its outcome or error, and the line of its log */
    async run(event: object, { remaining = 900_000, store: given = store }: RunOptions = {}) {
      lines.length = 0;
      const handler = billingSnapshot({
        query,
        store: given,
        graceDays: 3,
        earliestDate: day("2020-01-01"),
        billFrom: month(billFrom),
        lookBackMonths,
        toleratedBrokenRecords: 0,
        listing: async (of) => sha256(Buffer.from(JSON.stringify([months.get(of) ?? [], layouts.get(of)]))),
        now: () => toMilliseconds(instant("2027-12-31T00:00:00Z")),
        write: (line) => void lines.push(JSON.parse(line)),
      });
      const result = await handler(event, invocation(remaining)).catch((error: unknown) => error);
      const line = lines.findLast(({ message }) => message === "snapshot") ?? {};
      return { result, line, failures: lines.filter(({ message }) => message === "month failed") };
    },
    /** The schedule's run. */
    at(scheduled_time: string, options?: RunOptions) {
      return this.run({ scheduled_time }, options);
    },
    /** What the verifier finds wrong. */
    async findings(): Promise<string[]> {
      const verdicts = await collect(verifyBucket(memoryBucket(objects), { from: month(billFrom) }));
      return verdicts.flatMap(({ findings }) => findings);
    },
    keysOf: (prefix: string) => [...objects.keys()].filter((key) => key.startsWith(prefix)),
  };
}

const NULLABLE = new Set([
  "reseller_id",
  "organization_id",
  "agent_id",
  "name",
  "external_id",
  "internal_id",
  "dt",
  "left_out_at",
]);

type Cells = readonly (string | null)[];

/** The calls of the month whose first and last day are among the parameters. */
function callsOf(
  months: ReadonlyMap<Month, readonly Call[]>,
  parameters: readonly string[],
): readonly Call[] {
  const found = [...months].find(([of]) => {
    const { start, end } = periodOf(of);
    return parameters.includes(`'${start}'`) && parameters.includes(`'${end}'`);
  });
  return found?.[1] ?? [];
}

function asOfIn(parameters: readonly string[]): string {
  const literal = parameters.find((each) => each.startsWith("TIMESTAMP ")) ?? "";
  return literal.replace(/^TIMESTAMP '(.*) (.*)'$/, "$1T$2Z");
}

/** The result's rows: the days, the reseller with its organization and agent, and the total. */
function rowsOf(columns: readonly string[], calls: readonly Call[], asOf: string): Cells[] {
  const counted = calls.filter(({ recordedAt }) => recordedAt < asOf);
  const late = calls.filter(({ recordedAt }) => recordedAt >= asOf);
  const days = [...new Set(calls.map(({ dt }) => dt))].sort().map((dt) => {
    const own = counted.filter((call) => call.dt === dt);
    const first = late
      .filter((call) => call.dt === dt)
      .map(({ recordedAt }) => recordedAt)
      .sort()
      .at(0);
    const left = first?.replace("T", " ").replace("Z", ".000");
    return { dt, seconds: sumOf(own), calls: own.length, ...(left !== undefined && { left_out_at: left }) };
  });
  const usage = counted.length === 0 ? [] : [{ ...IDS, seconds: sumOf(counted), calls: counted.length }];
  const total = { seconds: 2 * sumOf(counted), calls: 2 * counted.length };
  const rows = [...days, ...usage, { ...total, figures: days.length + usage.length }];
  return rows.map((row) => {
    const cells = new Map(Object.entries({ figures: 1, ...row }));

    return columns.map((name) => {
      const cell = cells.get(name);
      return cell === undefined ? (NULLABLE.has(name) ? null : "0") : String(cell);
    });
  });
}

function sumOf(calls: readonly Call[]): number {
  return calls.reduce((sum, { seconds }) => sum + seconds, 0);
}
