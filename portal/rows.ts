import { type Seconds, toSeconds } from "../lib/minutes.ts";
import { folded, foldings } from "./folding.ts";
import { type Agent, type Organization, type Report, sumOf } from "./report.ts";
import type { Column, View } from "./view.ts";

/** A figure of the present period and of the previous one. */
export interface Compared {
  readonly seconds: Seconds;
  /** Undefined while the previous period is not loaded. */
  readonly before: Seconds | undefined;
}

/** A line of the table. */
export interface Row extends Compared {
  readonly organization: Organization;
  /** Its part of the shown total, 0 to 1. */
  readonly share: number;
  /** Its ratio to the largest line, 0 to 1. */
  readonly width: number;
  /** It had usage only in the previous period and is not in the API's answer for this one. */
  readonly isOnlyBefore: boolean;
  readonly previous: Organization | undefined;
  /** The folded text that the search compares with. */
  readonly words: string;
}

/** The organizations of the selected resellers, and their totals. */
export interface Table {
  readonly rows: readonly Row[];
  readonly total: Compared;
  /** The API's count: without those that had usage only in the previous period. */
  readonly organizationCount: number;
  readonly agentCount: number;
}

/** @param resellers ids; all when empty */
export function tableOf(present: Report, previous: Report | undefined, resellers: readonly string[]): Table {
  const isSeen = ({ resellerId }: Organization) => resellers.length === 0 || resellers.includes(resellerId);
  const seen = present.organizations.filter(isSeen);
  const before = previous?.organizations.filter(isSeen);
  const byKey = new Map(before?.map((organization) => [organization.key, organization]));
  const total = { seconds: sumOf(seen), before: before && sumOf(before) };
  const largest = Math.max(1, ...seen.slice(0, 1).map(({ seconds }) => seconds));
  const rowOf = (organization: Organization, isOnlyBefore: boolean): Row => {
    const then = byKey.get(organization.key);
    byKey.delete(organization.key);
    const seconds = isOnlyBefore ? toSeconds(0) : organization.seconds;
    return {
      organization,
      seconds,
      before: before && (then?.seconds ?? toSeconds(0)),
      share: total.seconds === 0 ? 0 : seconds / total.seconds,
      width: seconds / largest,
      isOnlyBefore,
      previous: then,
      words: foldings([organization.name, organization.resellerName, organization.id].join("\n")),
    };
  };
  const rows = seen.map((organization) => rowOf(organization, false));
  for (const organization of [...byKey.values()].filter(({ seconds }) => seconds > 0)) {
    rows.push(rowOf(organization, true));
  }
  const agentCount = seen.reduce((sum, organization) => sum + organization.agentCount, 0);
  return { rows, total, organizationCount: seen.length, agentCount };
}

/** The rows that contain every word of the search, in the requested order. */
export function arranged(rows: readonly Row[], { search, sort }: Pick<View, "search" | "sort">): Row[] {
  const wanted = folded(search)
    .split(/\s+/)
    .filter((word) => word !== "");
  const found =
    wanted.length === 0
      ? [...rows]
      : rows.filter(({ words }) => wanted.every((word) => words.includes(word)));
  const direction = sort.descending ? -1 : 1;
  // Equal rows keep the API's order in both directions.
  if (sort.by === "name") {
    const places = placesByName(rows);
    return found.sort((a, b) => direction * ((places.get(a) ?? 0) - (places.get(b) ?? 0)));
  }
  const keyOf = KEYS[sort.by];
  return found.sort((a, b) => direction * (keyOf(a) - keyOf(b)));
}

/** The agents' lines with their previous figures, then agents that had usage only in the previous period. */
export function agentLines({ organization, previous, isOnlyBefore, before }: Row): (Agent & Compared)[] {
  const byId = new Map(previous?.agents.map((agent) => [agent.id, agent]));
  const lines = (isOnlyBefore ? [] : organization.agents).map((agent) => {
    const then = byId.get(agent.id)?.seconds ?? toSeconds(0);
    byId.delete(agent.id);
    return { ...agent, before: before === undefined ? undefined : then };
  });
  const gone = [...byId.values()].filter(({ seconds }) => seconds > 0);
  return [...lines, ...gone.map((agent) => ({ ...agent, seconds: toSeconds(0), before: agent.seconds }))];
}

/** The growth of a figure; 1 is twice as much. Undefined if the previous figure is 0 or not known. */
export function growth({ seconds, before }: Compared): number | undefined {
  return before === undefined || before === 0 ? undefined : (seconds - before) / before;
}

const COLLATOR = new Intl.Collator(undefined, { numeric: true });

/** Each row's place by name. Computed once, because collation is slow. Equal names share a place. */
function placesByName(rows: readonly Row[]): ReadonlyMap<Row, number> {
  const known = PLACES.get(rows);
  if (known !== undefined) return known;
  const places = new Map<Row, number>();
  let last: Row | undefined;
  for (const row of rows.toSorted((a, b) => COLLATOR.compare(a.organization.name, b.organization.name))) {
    const isSame =
      last !== undefined && COLLATOR.compare(last.organization.name, row.organization.name) === 0;
    places.set(row, isSame && last !== undefined ? (places.get(last) ?? 0) : places.size);
    last = row;
  }
  PLACES.set(rows, places);
  return places;
}

const PLACES = new WeakMap<readonly Row[], ReadonlyMap<Row, number>>();

/** The sort key of each column other than the name. */
const KEYS: Readonly<Record<Exclude<Column, "name">, (row: Row) => number>> = {
  agents: ({ organization }) => organization.agentCount,
  minutes: ({ seconds }) => seconds,
  share: ({ seconds }) => seconds,
  previous: ({ before }) => before ?? 0,
  change: ({ seconds, before }) => seconds - (before ?? 0),
};
