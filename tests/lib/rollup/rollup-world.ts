/** A run of the rollup without an engine: the lake is a list of files, the table is the marks of its days. */
import { expect } from "vitest";
import { type ProblemCode, ServiceError } from "../../../lib/errors.ts";
import type { Query, RunOptions } from "../../../lib/query.ts";
import type { LakeObject } from "../../../lib/rollup/listing.ts";
import { type RollupDependencies, rollUp, type Standing } from "../../../lib/rollup/roll-up.ts";
import { recordedDays } from "../../../lib/rollup/statements.ts";
import { allResellers } from "../../../lib/scope/all-resellers.ts";
import { withoutWaiting } from "../athena/scripted-athena.ts";
import { arriving, day } from "../valid.ts";
import { memoryState } from "./memory-state.ts";

export const LAKE = "s3://lake/";
export const DAYS = ["2026-04-01", "2026-04-02", "2026-04-03", "2026-04-04", "2026-04-05"];
const MERGING: RunOptions = { deadline: 500, observe: () => undefined };
const FINISHING: RunOptions = { deadline: 900, observe: () => undefined };

interface Mark {
  readonly source: string;
  readonly marks?: number;
  readonly broken?: string;
}

/** What the engine does with a statement: fails, or commits and fails all the same. */
export type Fault = { readonly error: Error; readonly commits?: boolean } | undefined;

export const faultOf = (code: ProblemCode, reason: string, more: { commits?: boolean } = {}): Fault => ({
  error: new ServiceError(code, "detail", { cause: new Error(reason) }),
  ...more,
});

export const file = (each: string, size = 10): LakeObject => ({
  key: `call_usage/dt=${each}/a.parquet`,
  size,
  etag: '"e"',
});

/**
 * A lake, and a table whose marks change as the statements say. `script` decides which statements fail. `calls` are
 * the statements so far, each as its verb and its days, with the deadline that it was given.
 */
export function rollupWorld(lakeDays: readonly string[] = DAYS) {
  const [state, firstState] = [memoryState(), memoryState()];
  const marks = new Map<string, Mark>();
  const calls: string[] = [];
  const progress: string[] = [];
  const reached: Standing[] = [];
  const directory: [string, string][] = [];
  let merges = 0;
  const script = {
    onStatement: (_call: string): Fault => undefined,
    onMarks: (): Error | undefined => undefined,
  };

  function commit(text: string): void {
    for (const [, each = "", source = ""] of text.matchAll(/\('(\d{4}-\d\d-\d\d)', '([^']*)'\)/g))
      marks.set(each, { source: `${source} id-${++merges}` });
    const [, cleared] = /^DELETE FROM usage_daily WHERE dt = '([^']*)'$/.exec(text) ?? [];
    if (cleared !== undefined) marks.delete(cleared);
  }

  async function* rows<Row>({ text, parseRow }: Query<Row>, { deadline }: RunOptions) {
    expect(deadline).toBe(FINISHING.deadline);
    if (text !== recordedDays().text) {
      for (const cells of directory) yield [parseRow(cells)];
      return;
    }
    const error = script.onMarks();
    if (error !== undefined) throw error;
    // Not in the order of the days, so that nothing relies on it.
    const all = [...marks];
    for (const [each, mark] of [...all.slice(2), ...all.slice(0, 2)])
      yield [parseRow([each, mark.source, String(mark.marks ?? 1), mark.broken ?? null])];
  }

  const dependencies: RollupDependencies = {
    scope: allResellers(),
    lake: LAKE,
    table: "s3://tables/usage_daily/",
    earliestDate: day("2020-01-01"),
    lastDay: day("2026-05-10"),
    mayEmpty: new Set(),
    list: () => arriving([lakeDays.map((each) => file(each))]),
    execute: async ({ text }, { deadline }) => {
      const days = [...new Set(text.match(/\d{4}-\d\d-\d\d/g))].toSorted().map((each) => each.slice(8));
      const call = [text.split(" ")[0], ...days].join(" ");
      calls.push(`${call} until ${deadline}`);
      const fault = script.onStatement(call);
      if (fault === undefined || fault.commits === true) commit(text);
      if (fault !== undefined) throw fault.error;
    },
    query: rows,
    state,
    firstState,
    now: () => 0,
    merging: MERGING,
    finishing: FINISHING,
    progress: (merged, due) => progress.push(`${merged} of ${due}`),
    reached: (standing) => reached.push(standing),
  };
  const run = (more: Partial<RollupDependencies> = {}) =>
    withoutWaiting(rollUp({ ...dependencies, ...more }));
  /** The statements on days, without the one that creates the table. */
  const onDays = () => calls.filter((call) => !call.startsWith("CREATE"));
  return { run, state, firstState, marks, calls, onDays, progress, reached, directory, script };
}
