/**
 * Renders a text cell, always in quotes (RFC 4180, quotes doubled).
 *
 * A `'` keeps a spreadsheet from reading a part of the text as a formula. It goes before the text, and after each
 * semicolon, tab, CR and LF in it. It is only added if one of `= + - @`, tab, CR, LF or `＝ ＋ － ＠` follows, with or
 * without quotes before it. A program that separates cells by one of those characters begins a new cell there. The
 * characters are OWASP's:
 * https://owasp.org/www-community/attacks/CSV_Injection
 */
export function csvText(text: string): string {
  const safe = text.replace(/(?<![^;\t\r\n])(?=['"]*[=+\-@\t\r\n＝＋－＠])/g, "'");
  return `"${safe.replaceAll('"', '""')}"`;
}

/** Renders one line. @param cells names by `csvText`, and values that need no quotes: ids, numbers and days */
export function csvLine(cells: readonly string[]): string {
  return `${cells.join(",")}\r\n`;
}
