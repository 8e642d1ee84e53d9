/**
 * A text cell. It is always in quotes (RFC 4180, quotes doubled). A `'` keeps a spreadsheet from taking a part of the
 * text for a formula: it goes before the text, and after each semicolon, tab, CR and LF in it, wherever one of
 * `= + - @`, tab, CR, LF or `＝ ＋ － ＠` follows there, with or without quotes before it. A program that separates cells
 * by one of those characters begins a cell after it. The characters are OWASP's
 * (https://owasp.org/www-community/attacks/CSV_Injection).
 */
export function csvText(text: string): string {
  const safe = text.replace(/(?<![^;\t\r\n])(?=['"]*[=+\-@\t\r\n＝＋－＠])/g, "'");
  return `"${safe.replaceAll('"', '""')}"`;
}

/** One line. @param cells names by `csvText`, and what needs no quotes: ids, numbers and days */
export function csvLine(cells: readonly string[]): string {
  return `${cells.join(",")}\r\n`;
}
