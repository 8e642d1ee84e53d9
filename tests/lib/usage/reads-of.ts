/**
 * The parts of a query that read a table of the lake, each up to the end of its conditions. `checked_records` stands for
 * `call_usage`: it checks the ids of every record of the days, and only what reads it narrows to the scope.
 */
export function readsOf(text: string): string[] {
  const [calls = ""] = /checked_records AS \([^]*?\n\)/.exec(text) ?? [];
  const tables =
    /FROM (?:call_usage|checked_records|ranked_records|present_agents|organizations|resellers|usage_daily)\b/g;
  const others = text.replace(calls, "");
  return Array.from(others.matchAll(tables), ({ index }) => {
    const rest = others.slice(index);
    return rest.slice(0, rest.search(/\n\s*(?:UNION ALL|\)|$)/));
  });
}
