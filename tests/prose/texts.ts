import { parseSync, Visitor } from "oxc-parser";

/** A text that a person reads, and the line on which it begins. */
export interface Text {
  readonly line: number;
  readonly text: string;
}

const DIRECTIVE = /^[/#*\s]*(@ts-|biome-|oxlint-|v8 |@vite|@jsx|!)/;
/** SQL, CSS, shell and JavaScript in a literal. */
const CODE = /\b(SELECT|CASE|GROUP BY|PARTITION BY|TABLE|CAST|WHERE|AND)\b|[{;]\n|\n(if|read) /;

/** Finds the texts in a file by its extension; none in a file of another kind. */
export function textsOf(file: string, source: string): Text[] {
  if (/\.(ts|tsx|mjs|cjs|js)$/.test(file)) return inCode(file, source);
  if (/\.(md|txt)$/.test(file)) return inMarkdown(source);
  if (file.endsWith(".css")) return matches(source, /\/\*[\s\S]*?\*\//g);
  if (file.endsWith(".go")) return matches(source, /(?:^[ \t]*\/\/.*\n?)+|"[^"\n]+"/gm);
  if (/\.(py|sh)$|\/run$/.test(file)) return matches(source, /"""[\s\S]*?"""|(?:^[ \t]*#.*\n?)+|"[^"\n]+"/gm);
  if (file.endsWith(".html")) return matches(source, /(?<=>)[^<>]*[a-z] [^<>]*(?=<)|<!--[\s\S]*?-->/g);
  return file.endsWith(".yml") ? inYaml(source) : [];
}

/** The matches of a pattern that finds comments and strings, without the signs of a comment. */
function matches(source: string, pattern: RegExp): Text[] {
  return Array.from(source.matchAll(pattern), ({ index, 0: text }) => ({
    line: source.slice(0, index).split("\n").length,
    text: text.replaceAll(/^[ \t]*(?:\/\*|\*\/?|\/\/|#!.*|#|"+|<!--) ?|[ \t]*(?:\*\/|"+|-->)$/gm, "").trim(),
  }));
}

/** Comments, and string literals of several words: messages, texts of pages, names of tests. */
function inCode(file: string, source: string): Text[] {
  const { program, comments, errors } = parseSync(file, source);
  if (errors[0] !== undefined) throw new Error(`${file} cannot be parsed: ${errors[0].message}`);
  const found: Text[] = [];
  const add = (start: number, text: string) => {
    found.push({ line: source.slice(0, start).split("\n").length, text });
  };
  let before: { type: string; end: number; text: string; start: number } | undefined;
  for (const { type, value, start, end } of comments) {
    if (DIRECTIVE.test(value)) continue;
    const text = value.replaceAll(/^\s*\*+ ?/gm, "").trim();
    if (before?.type === "Line" && type === "Line" && /^\s*$/.test(source.slice(before.end, start))) {
      before = { ...before, end, text: `${before.text}\n${text}` };
      continue;
    }
    if (before !== undefined) add(before.start, before.text);
    before = { type, start, end, text };
  }
  if (before !== undefined) add(before.start, before.text);
  const literal = (start: number, text: string) => {
    if (/[a-z,.] +[a-zA-Z]/.test(text) && !CODE.test(text)) add(start, text.replaceAll("\n", "\n\n"));
  };
  new Visitor({
    Literal(node) {
      if (typeof node.value === "string") literal(node.start, node.value);
    },
    TemplateLiteral(node) {
      literal(node.start, node.quasis.map(({ value }) => value.cooked ?? value.raw).join("…"));
    },
    JSXText(node) {
      literal(node.start, node.value);
    },
  }).visit(program);
  return found;
}

/** Paragraphs, list items, headings and cells, without blocks of code. */
function inMarkdown(source: string): Text[] {
  const prose = source.replaceAll(/^( *)```[\s\S]*?^\1```/gm, (block) => block.replaceAll(/[^\n]/g, ""));
  return prose
    .split("\n")
    .flatMap((text, index) => text.split("|").map((cell) => ({ line: index + 1, text: cell })));
}

/** Comments and descriptions. Lines that follow each other are one text. */
function inYaml(source: string): Text[] {
  const found: { line: number; text: string }[] = [];
  let inDescription = false;
  let open = false;
  for (const [index, line] of source.split("\n").entries()) {
    const comment = /^\s*# ?(.*)/.exec(line)?.[1];
    const one = /^\s*(?:Alarm)?[Dd]escription: (?!>-)(.+)/.exec(line)?.[1];
    if (inDescription && /^\s*[\w.-]+:( |$)/.test(line)) inDescription = false;
    const text = comment ?? one ?? (inDescription ? line.trim() : undefined);
    const last = found.at(-1);
    if (text !== undefined && open && last !== undefined && one === undefined) last.text += `\n${text}`;
    else if (text !== undefined) found.push({ line: index + 1, text });
    open = text !== undefined && one === undefined;
    if (/[Dd]escription: >-$/.test(line)) [inDescription, open] = [true, false];
  }
  return found;
}
