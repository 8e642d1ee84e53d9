import { createHash } from "node:crypto";
import { USAGE_QUERY_COLUMNS } from "../lib/usage/query.ts";

/** A result of the usage query, as Athena would write it. */
export interface UsageResult {
  /** Rows without the header, including the total. */
  readonly rows: number;
  /** Of these, the rows of agents. */
  readonly agents: number;
  /** Sum of the column `seconds`: shows whether a client has read every row. */
  readonly seconds: number;
  /** The result CSV: every value in quotes, null an empty field without quotes. */
  readonly csv: Uint8Array;
}

/** The reseller of all rows. */
export const RESELLER = uuidOf(digest("reseller"));

/** One row in fifty belongs to an organization. */
const ORGANIZATION_EVERY = 50;

/**
 * Generates one reseller's organizations, each with its agents after it, in the query's order. Seconds look random,
 * and names contain characters that CSV must quote. The same number of rows gives the same bytes.
 */
export function usageResult(rows: number): UsageResult {
  const lines: (string | null)[][] = [];
  let agents = 0;
  let total = 0;
  for (let index = 1; index < rows; index++) {
    const bytes = digest(`row ${index}`);
    const isAgent = index % ORGANIZATION_EVERY !== 1;
    const organization = Math.floor((index - 1) / ORGANIZATION_EVERY);
    const seconds = bytes.readUInt16BE(20);
    const names = isAgent
      ? agentNames(index, bytes)
      : [`Organization "${organization}"`, null, `ORG-${index}`];
    const organizationId = uuidOf(digest(`organization ${organization}`));
    lines.push([RESELLER, organizationId, isAgent ? uuidOf(bytes) : null, String(seconds), "1", ...names]);
    agents += Number(isAgent);
    total += seconds;
  }
  const keyOf = ([, organizationId, agentId]: (string | null)[]) => `${organizationId} ${agentId ?? ""}`;
  lines.sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
  const whole = [
    USAGE_QUERY_COLUMNS,
    [RESELLER, null, null, "0", "1", "Northwind Voice", null, "RES-1"],
    ...lines,
    [null, null, null, String(total), String(rows), null, null, null],
  ];
  return {
    rows: rows + 1,
    agents,
    seconds: total,
    csv: Buffer.from(
      whole
        .map((line) => csvLine([...line, ...USAGE_QUERY_COLUMNS.slice(line.length).map(() => null)]))
        .join(""),
    ),
  };
}

/** Name, external id and internal id; one agent in ten has no name. */
function agentNames(index: number, bytes: Buffer): (string | null)[] {
  const external = bytes.toString("hex", 22, 26);
  return [(bytes[26] ?? 0) < 26 ? null : `Agent, No. ${index}`, `ext-${external}`, `AG-${index}`];
}

function csvLine(cells: readonly (string | null)[]): string {
  return `${cells.map((cell) => (cell === null ? "" : `"${cell.replaceAll('"', '""')}"`)).join(",")}\n`;
}

function digest(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}

function uuidOf(bytes: Buffer): string {
  return bytes.toString("hex", 0, 16).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}
