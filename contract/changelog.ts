import type { Change } from "./publication.ts";

/**
 * Adds a section for a version of the contract to the changelog, before the newest one. A person then replaces the
 * list of changes with sentences for callers. An existing section of a version is kept.
 *
 * @param day the day of publication, YYYY-MM-DD
 */
export function withVersion(
  changelog: string,
  version: string,
  day: string,
  changes: readonly Change[],
): string {
  if (changelog.includes(`\n## ${version} `)) return changelog;
  const list = changes.map(({ text, breaks }) => `- ${breaks ? "**Breaking:** " : ""}${text}\n`).join("");
  const section = `\n## ${version} (${day})\n\n${list}`;
  const newest = changelog.indexOf("\n## ");
  if (newest === -1) return `${changelog}${section}`;
  return `${changelog.slice(0, newest)}${section}${changelog.slice(newest)}`;
}
