import { type Day, dayRanges } from "../../lib/period.ts";

/** One way in which a lake breaks its contract, or may break it. */
export interface Finding {
  /** An error makes a figure wrong or stops a report. A warning may be intended. */
  readonly level: "error" | "warning";
  readonly table: string;
  /** A stable name of the problem. */
  readonly kind: string;
  /** The columns, folders or files, if the kind does not imply them. */
  readonly subject?: string | undefined;
  /** The affected days; empty for a table without days. */
  readonly days: readonly Day[];
  readonly count: number;
  readonly unit: "files" | "folders" | "records" | "calls" | "rows" | "days" | "months";
  /** The key of a file or the id of a call as a first example. */
  readonly sample?: string | undefined;
  /** What is wrong, and its consequence. */
  readonly detail: string;
  /** What to do. */
  readonly advice: string;
}

/** Renders a finding in one line. */
export function lineOf(finding: Finding): string {
  const { table, detail, sample, advice } = finding;
  const example = sample === undefined ? "" : `, for example ${sample}`;
  return `${table}: ${detail} (${extentOf(finding)}${example}). ${advice}`;
}

/** Renders a finding in several lines: what, where, an example, and what to do. */
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

/** Names the first ranges of days, and counts the others. */
function rangesOf(days: readonly Day[]): string {
  const ranges = dayRanges(days);
  const shown = ranges.slice(0, SHOWN_RANGES).join(", ");
  const more = ranges.length - SHOWN_RANGES;
  return more > 0 ? `${shown} and ${more} more ranges of days` : shown;
}

/** Merges findings that differ only in day, count and sample; errors come first. */
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
