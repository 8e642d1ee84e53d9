/**
 * Runs each test again for every change that it reaches and that no test has noticed yet. A file is loaded only once,
 * because the changes are branches in its code that are turned on one at a time. At last each test runs without a
 * change: if it fails then, a change has left something behind, and the whole run fails.
 *
 * In the step `reach`, each test runs once without a change, and the changes that it reaches are noted.
 */
import { appendFileSync } from "node:fs";
import { relative } from "node:path";
import { type RunnerTask, type RunnerTestCase, TestRunner, type TestTryOptions } from "vitest";
import { FILES, type Noticed, type Reached, ROOT, readNoticed, readReached } from "./files.ts";

/** What the changed code reads and writes; the names are Stryker's. */
interface Switches {
  activeMutant?: string | undefined;
  currentTestId?: string | undefined;
  hitCount?: number | undefined;
  hitLimit?: number | undefined;
  mutantCoverage?: {
    static: Record<string, number>;
    readonly perTest: Record<string, Record<string, number>>;
  };
}

declare global {
  var __stryker__: Switches | undefined;
}

/** A change that makes a loop endless is stopped after this many times the usual hits. */
const ENDLESS = 100;

const switches: Switches = (globalThis.__stryker__ ??= {});
const step = process.env["MUTATION_STEP"];
const hits = new Map(step === "reach" ? [] : readReached().map((each) => [each.test, each.hits]));
const noticed = new Set(step === "reach" ? [] : readNoticed().map(({ id }) => id));

export default class ChangingRunner extends TestRunner {
  /** The changes to try with the present test. */
  private open: readonly string[] = [];

  override async onBeforeRunTask(test: RunnerTask): Promise<void> {
    await super.onBeforeRunTask(test);
    if (step === "reach" || test.type !== "test") return;
    this.open = Object.keys(hits.get(test.id) ?? {}).filter((id) => !noticed.has(id));
    if (this.open.length === 0) test.mode = "skip";
    else test.repeats = this.open.length;
  }

  override onBeforeTryTask(test: RunnerTask, options: TestTryOptions): void {
    super.onBeforeTryTask(test, options);
    if (step === "reach") {
      switches.currentTestId = test.id;
      return;
    }
    const id = this.open[options.repeats];
    switches.hitLimit = ENDLESS * (hits.get(test.id)?.[id ?? ""] ?? 1);
    switches.hitCount = 0;
    switches.activeMutant = id;
  }

  override async onAfterRetryTask(test: RunnerTestCase, options: TestTryOptions): Promise<void> {
    await super.onAfterRetryTask(test, options);
    const file = relative(ROOT, test.file.filepath);
    if (step === "reach") {
      switches.currentTestId = undefined;
      const own = switches.mutantCoverage?.perTest[test.id] ?? {};
      const milliseconds = performance.now() - (test.result?.startTime ?? 0) + performance.timeOrigin;
      note(FILES.reached, { test: test.id, file, milliseconds, hits: own } satisfies Reached);
      return;
    }
    switches.activeMutant = undefined;
    const id = this.open[options.repeats];
    if (id === undefined || test.result?.state !== "fail") return;
    noticed.add(id);
    const by = test.result.errors?.at(-1)?.message ?? "";
    note(FILES.noticed, { id, test: `${file} ${test.name}`, by: by.slice(0, 200) } satisfies Noticed);
    test.result.state = "run";
    delete test.result.errors;
  }

  override onAfterRunFiles(files: Parameters<TestRunner["onAfterRunFiles"]>[0]): void {
    super.onAfterRunFiles(files);
    const { static: loaded } = switches.mutantCoverage ?? { static: {} };
    if (step === "reach") note(FILES.reached, { file: "", milliseconds: 0, hits: loaded } satisfies Reached);
  }
}

function note(path: string, what: object): void {
  appendFileSync(path, `${JSON.stringify(what)}\n`);
}
