import { addDays, type Day } from "../../lib/period.ts";

/** What breaks the contract of the lake, or may, in one way. */
export interface Finding {
  /** An error makes a figure wrong or stops a report; a warning may be meant. */
  readonly level: "error" | "warning";
  readonly table: string;
  /** A stable name of what is wrong. */
  readonly kind: string;
  /** Which columns, folders or files it is about, where the kind alone does not say. */
  readonly subject?: string | undefined;
  /** The days that have it, without any for a table without days. */
  readonly days: readonly Day[];
  readonly count: number;
  readonly unit: "files" | "folders" | "records" | "calls" | "rows" | "days" | "months";
  /** A file's key or a call's id, to begin the search with. */
  readonly sample?: string | undefined;
  /** What is wrong, and what follows from it. */
  readonly detail: string;
  /** What to do. */
  readonly advice: string;
}

/** One readable line. */
export function lineOf(finding: Finding): string {
  const { table, detail, sample, advice } = finding;
  const example = sample === undefined ? "" : `, for example ${sample}`;
  return `${table}: ${detail} (${extentOf(finding)}${example}). ${advice}`;
}

/** Several lines: what, where, for example, and what to do. */
export function paragraphOf(finding: Finding): string {
  const { level, table, kind, subject, detail, sample, advice } = finding;
  const lines = [
    `${level.toUpperCase()} ${table} ${kind}${subject === undefined ? "" : ` ${subject}`}`,
    `  ${detail} (${extentOf(finding)}).`,
    ...(sample === undefined ? [] : [`  For example: ${sample}`]),
    `  ${advice}`,
  ];
  return lines.join("\n");
}

function extentOf({ count, unit, days }: Finding): string {
  if (unit === "days") return rangesOf(days);
  const counted = `${count} ${count === 1 ? unit.slice(0, -1) : unit}`;
  return days.length === 0 ? counted : `${counted} on ${rangesOf(days)}`;
}

const SHOWN_RANGES = 5;

/** Days as ranges: `2026-04-01 to 2026-04-03, 2026-04-10`. */
function rangesOf(days: readonly Day[]): string {
  const ranges: { start: Day; end: Day }[] = [];
  for (const day of [...new Set(days)].toSorted()) {
    const last = ranges.at(-1);
    if (last !== undefined && addDays(last.end, 1) === day) last.end = day;
    else ranges.push({ start: day, end: day });
  }
  const shown = ranges
    .slice(0, SHOWN_RANGES)
    .map(({ start, end }) => (start === end ? start : `${start} to ${end}`));
  const more = ranges.length - shown.length;
  return more > 0 ? `${shown.join(", ")} and ${more} more ranges of days` : shown.join(", ");
}

/** Puts findings together that differ in nothing but day, count and sample; errors first. */
export function gathered(findings: readonly Finding[]): Finding[] {
  const alike = Map.groupBy(findings, ({ level, table, kind, subject, detail }) =>
    JSON.stringify([level, table, kind, subject, detail]),
  );
  const together = [...alike.values()].flatMap(([first, ...more]) =>
    first === undefined
      ? []
      : [
          {
            ...first,
            count: more.reduce((sum, { count }) => sum + count, first.count),
            days: [first, ...more].flatMap(({ days }) => days),
          },
        ],
  );
  return together.toSorted((a, b) => Number(a.level === "warning") - Number(b.level === "warning"));
}
