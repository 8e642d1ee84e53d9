/** A string, or a character that structures JSON. */
const TOKEN = /"(?:[^"\\]|\\.)*"|[{}[\]:]/gs;

/**
 * Lists the duplicate names in the top object of a JSON text. A parser keeps only the last of them.
 *
 * @param text well-formed JSON
 */
export function repeatedMembers(text: string): string[] {
  const seen = new Set<string>();
  const repeated = new Set<string>();
  let depth = 0;
  let name: string | undefined;
  for (const [token] of text.matchAll(TOKEN)) {
    if (token === "{" || token === "[") depth += 1;
    else if (token === "}" || token === "]") depth -= 1;
    else if (token !== ":") name = token;
    else if (depth === 1 && name !== undefined) {
      const member = String(JSON.parse(name));
      if (seen.has(member)) repeated.add(member);
      seen.add(member);
    }
  }
  return [...repeated];
}
