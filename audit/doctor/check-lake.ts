import type { Day } from "../../lib/period.ts";
import { LAKE_FOLDERS, type LakeTable } from "../../lib/usage/lake-files.ts";
import type { Engine } from "../../local/engine/engine.ts";
import { projectionFrom } from "../../local/lake/files.ts";
import { checkFiles } from "./check-files.ts";
import { type Ask, checkDirectory, checkRecords } from "./check-records.ts";
import { type Finding, gathered } from "./finding.ts";
import type { LakeSource } from "./lake-source.ts";

export interface CheckedLake {
  /** Errors first. */
  readonly findings: readonly Finding[];
  /** Whether every report would be wrong: calls or a directory table cannot be read. */
  readonly isUnusable: boolean;
  readonly days: readonly Day[];
}

/**
 * Checks a lake against its contract.
 *
 * @param part `quick`: the files, the directory's ids, and the records of the newest month; `all`: the records of every
 *   month
 */
export async function checkLake(
  source: LakeSource,
  ask: Ask,
  earliestDate: Day,
  part: "quick" | "all",
): Promise<CheckedLake> {
  const now = Date.now();
  const files = await checkFiles(source, projectionFrom(earliestDate));
  const empty = LAKE_FOLDERS.filter((table) => files.readable.get(table) === 0).map(withoutFile);
  const findings: Finding[] = [...empty, ...files.findings];
  const isUnusable = empty.length > 0 || files.findings.some(isAboutDirectory);
  if (!isUnusable) {
    const newest = files.days.at(-1);
    const isChecked = (day: Day) => part === "all" || day.slice(0, 7) === newest?.slice(0, 7);
    findings.push(...(await checkDirectory(ask)));
    findings.push(...(await checkRecords(ask, files.days.filter(isChecked), now)));
  }
  return { findings: gathered(findings), isUnusable, days: files.days };
}

/** Every report reads the directory. A file of calls affects only its own day. */
function isAboutDirectory({ table, level }: Finding): boolean {
  return table !== "call_usage" && level === "error";
}

function withoutFile(table: LakeTable): Finding {
  const place = table === "call_usage" ? "call_usage/dt=YYYY-MM-DD/" : `${table}/`;
  return {
    level: "error",
    table,
    kind: "no_readable_file",
    days: [],
    count: 0,
    unit: "files",
    detail: `The table has no file that can be read at ${place}`,
    advice: "Put Parquet files there, as docs/lake.md describes them.",
  };
}

/** Queries an engine of this process. */
export function askEngine(engine: Engine): Ask {
  return async function* answered({ text, parameters, parseRow }) {
    const { rows } = await engine.run(text, parameters, new AbortController().signal);
    yield rows.map((row) => parseRow(row));
  };
}
