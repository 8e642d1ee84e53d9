/** `npm run docs:parameters`: writes the table of deploy parameters in docs/deploy.md from serverless.yml. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { PARAMETER_NAMES, parseParameters } from "./parameters.ts";
import { writeIfChanged } from "./write-if-changed.ts";

const ROOT = join(import.meta.dirname, "..");
const DOCUMENT = join(ROOT, "docs", "deploy.md");
const BEGIN = "<!-- Made from serverless.yml by `npm run docs:parameters`. Do not edit. -->\n";
const END = "<!-- End of the table. -->";

/** A comment of serverless.yml, and the parameters that follow it. */
interface Entry {
  readonly parameters: { readonly name: string; readonly byDefault: string }[];
  readonly meaning: string;
}

/**
 * Reads the parameters of `params.default` with their comments, in order.
 *
 * @throws Error if a parameter has no comment, or the file and the checks of infra/parameters.ts have different
 * parameters
 */
export function parameterEntries(serverlessYml: string): readonly Entry[] {
  const [, block = ""] = /^params:\n {2}default:\n((?: {4}.*\n|\n)+)/m.exec(serverlessYml) ?? [];
  const entries: Entry[] = [];
  let comment: string[] = [];
  for (const line of block.split("\n")) {
    const [, text] = /^ {4}# (.*)$/.exec(line) ?? [];
    const [, name, value = ""] = /^ {4}(\w+): (.*)$/.exec(line) ?? [];
    if (text !== undefined) comment.push(text);
    if (name === undefined) continue;
    if (comment.length > 0) entries.push({ parameters: [], meaning: comment.join(" ") });
    comment = [];
    const entry = entries.at(-1);
    if (entry === undefined) throw new Error(`serverless.yml: ${name} has no comment`);
    entry.parameters.push({ name, byDefault: value.replaceAll('"', "") });
  }
  const names = entries.flatMap(({ parameters }) => parameters.map(({ name }) => name));
  if (names.toSorted().join() !== PARAMETER_NAMES.toSorted().join())
    throw new Error("serverless.yml and infra/parameters.ts have different parameters");
  return entries;
}

/** The parameters whose defaults a deployment refuses. */
function requiredIn(entries: readonly Entry[]): Set<string> {
  const defaults = entries.flatMap(({ parameters }) => parameters);
  try {
    parseParameters(Object.fromEntries(defaults.map(({ name, byDefault }) => [name, byDefault])), "dev");
    return new Set();
  } catch (error) {
    const message = error instanceof Error ? error.message : "";
    return new Set([...message.matchAll(/^ {2}(\w+): is required/gm)].map(([, name = ""]) => name));
  }
}

/** Renders the table in Markdown. */
function tableOf(entries: readonly Entry[]): string {
  const required = requiredIn(entries);
  const rows = entries.map(({ parameters, meaning }) => {
    const names = parameters.map(({ name }) => `\`${name}\``).join(", ");
    const defaults = parameters.map(({ name, byDefault }) => {
      if (required.has(name)) return "**required**";
      return byDefault === "" ? "empty" : `\`${byDefault}\``;
    });
    const text = meaning
      .replace(/^Required\. /, "")
      .replaceAll("|", "\\|")
      .replaceAll("<", "&lt;");
    return `| ${names} | ${[...new Set(defaults)].join(", ")} | ${text} |`;
  });
  return ["| parameter | default | meaning |", "|---|---|---|", ...rows].join("\n");
}

/** Returns the document with the current table. @throws Error if the marks of its place are missing */
export function withParameterTable(document: string, serverlessYml: string): string {
  const [begin, end] = [document.indexOf(BEGIN), document.indexOf(END)];
  if (begin === -1 || end < begin) throw new Error("docs/deploy.md has no place for the table");
  const table = tableOf(parameterEntries(serverlessYml));
  return `${document.slice(0, begin)}${BEGIN}\n${table}\n\n${document.slice(end)}`;
}

if (import.meta.main) {
  const serverlessYml = readFileSync(join(ROOT, "serverless.yml"), "utf8");
  writeIfChanged(DOCUMENT, Buffer.from(withParameterTable(readFileSync(DOCUMENT, "utf8"), serverlessYml)));
}
