/** A line of a result; NULL is null. */
export type Cells = (string | null)[];

/**
 * Decodes the result CSV that Athena writes, as its bytes arrive: every value in quotes, quotes doubled,
 * line breaks inside quotes allowed, NULL an empty field without quotes.
 * https://docs.aws.amazon.com/athena/latest/ug/querying.html
 *
 * @returns the lines in order, the header first, those of each piece at once; a line is its cells, an empty field
 *   without quotes null
 * @throws SyntaxError when the text is not of that form or ends inside a line
 */
export async function* decodeResultCsv(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Cells[]> {
  const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  let rest = "";
  for await (const chunk of chunks) {
    const text = rest + decoder.decode(chunk, { stream: true });
    const lines = new LineReader(text);
    yield [...lines];
    rest = text.slice(lines.consumed);
  }
  rest += decoder.decode();
  if (rest === "") return;
  const last = [...new LineReader(`${rest}\n`)];
  if (last.length === 0) throw new SyntaxError("the result ends inside a value");
  yield last;
}

/** Reads whole lines from a text; what is after the last whole line is left to the next text. */
class LineReader {
  /** Characters of the whole lines read so far. */
  consumed = 0;
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  *[Symbol.iterator](): Generator<Cells> {
    for (let cells = this.#next(); cells !== undefined; cells = this.#next()) yield cells;
  }

  /** The next line's cells, or undefined where the text ends before the line does. */
  #next(): Cells | undefined {
    const text = this.#text;
    const cells: Cells = [];
    let at = this.consumed;
    while (at < text.length) {
      const end = text[at] === '"' ? afterQuoted(text, at) : afterPlain(text, at);
      if (end >= text.length) return undefined;
      cells.push(cellOf(text, at, end));
      const separator = text[end];
      if (separator === "\n") {
        this.consumed = end + 1;
        return cells;
      }
      if (separator !== ",") throw new SyntaxError("a value is followed by neither a comma nor a line end");
      at = end + 1;
    }
    return undefined;
  }
}

function cellOf(text: string, start: number, end: number): string | null {
  if (text[start] !== '"') return start === end ? null : text.slice(start, end);
  const value = text.slice(start + 1, end - 1);
  return value.includes('"') ? value.replaceAll('""', '"') : value;
}

/** Where the quoted value that opens at `start` is over; the text's length where the text ends first. */
function afterQuoted(text: string, start: number): number {
  let at = text.indexOf('"', start + 1);
  while (at !== -1 && text[at + 1] === '"') at = text.indexOf('"', at + 2);
  return at === -1 ? text.length : at + 1;
}

function afterPlain(text: string, start: number): number {
  let at = start;
  while (at < text.length && text[at] !== "," && text[at] !== "\n") at++;
  return at;
}
