/** A line of a result; NULL is null. */
export type Cells = (string | null)[];

/**
 * Decodes the result CSV that Athena writes, as its bytes arrive. Every value is in quotes, quotes are doubled, and
 * line breaks may occur inside quotes. NULL is an empty field without quotes.
 * https://docs.aws.amazon.com/athena/latest/ug/querying.html
 *
 * @returns the lines in order, the header first, in one batch for each piece of input; each line is an array of
 * cells, null for NULL
 * @throws SyntaxError if the text has another form or ends inside a line
 */
export async function* decodeResultCsv(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Cells[]> {
  const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  let rest = "";
  for await (const chunk of chunks) {
    const { lines, end } = readLines(rest + decoder.decode(chunk, { stream: true }));
    yield lines;
    rest = end;
  }
  rest += decoder.decode();
  if (rest === "") return;
  const { lines } = readLines(`${rest}\n`);
  if (lines.length === 0) throw new SyntaxError("the result ends inside a value");
  yield lines;
}

const [QUOTE, COMMA, LINE_END] = [0x22, 0x2c, 0x0a];

/**
 * Splits a text into its complete lines and the rest. It is one loop, because a function call for each cell costs a
 * tenth more time.
 */
function readLines(text: string): { lines: Cells[]; end: string } {
  const lines: Cells[] = [];
  let cells: Cells = [];
  let lineStart = 0;
  let at = 0;
  while (at < text.length) {
    const isQuoted = text.charCodeAt(at) === QUOTE;
    const start = isQuoted ? at + 1 : at;
    let hasQuotes = false;
    let end = isQuoted ? text.indexOf('"', start) : afterPlain(text, at);
    if (isQuoted) {
      while (end !== -1 && text.charCodeAt(end + 1) === QUOTE) {
        hasQuotes = true;
        end = text.indexOf('"', end + 2);
      }
    }
    const after = isQuoted ? end + 1 : end;
    if (end === -1 || after >= text.length) break;
    const value = text.slice(start, end);
    if (isQuoted) cells.push(hasQuotes ? value.replaceAll('""', '"') : value);
    else cells.push(value === "" ? null : value);
    at = after + 1;
    const separator = text.charCodeAt(after);
    if (separator === LINE_END) {
      lines.push(cells);
      cells = [];
      lineStart = at;
    } else if (separator !== COMMA) {
      throw new SyntaxError("a value is followed by neither a comma nor a line end");
    }
  }
  return { lines, end: text.slice(lineStart) };
}

function afterPlain(text: string, start: number): number {
  let at = start;
  while (at < text.length && text.charCodeAt(at) !== COMMA && text.charCodeAt(at) !== LINE_END) at++;
  return at;
}
