import stringWidth from "string-width";

/** Makes text from outside safe for a terminal, and measures its width there. */

/** Any line end, and the tab. They would break a table, and names do not need them. */
const BLANKS = /[\t\n\v\f\r\u0085\u2028\u2029]+/gu;

/**
 * Characters that a terminal could obey, or that change the direction of the text after them: controls (C0, DEL, C1),
 * lone surrogates and format characters. Joiners, which scripts and emoji need, and the tags of emoji flags are
 * allowed.
 */
const COMMANDS = /(?![\u{200C}-\u{200D}\u{E0020}-\u{E007F}])[\p{Cc}\p{Cs}\p{Cf}\p{Zl}\p{Zp}]/gu;

/** As {@link COMMANDS}, but without line ends (LF, CRLF). */
const COMMANDS_IN_LINES = new RegExp(`(?!\\r?\\n)${COMMANDS.source}`, "gu");

/** Returns the text on one line, with U+FFFD for each control character. */
export function shown(text: string): string {
  return text.replaceAll(BLANKS, " ").replaceAll(COMMANDS, "\uFFFD");
}

/** Does the same for a text of several lines, and keeps the lines. */
export function shownLines(text: string): string {
  return text.replaceAll(COMMANDS_IN_LINES, "\uFFFD");
}

const segmenter = new Intl.Segmenter("en", { granularity: "grapheme" });

/** Returns the number of terminal columns of the text. */
export function widthOf(text: string): number {
  return stringWidth(text);
}

/** Cuts a text between graphemes to at most this many columns, with `…` at its end. */
export function cutTo(width: number, text: string): string {
  let kept = "";
  let used = 0;
  for (const { segment } of segmenter.segment(text)) {
    used += stringWidth(segment);
    if (used > width - 1) break;
    kept += segment;
  }
  return `${kept}…`;
}

/** Hebrew, Arabic and other scripts that are written from right to left. */
const RIGHT_TO_LEFT = /[\u0590-\u08FF\uFB1D-\uFDFF\uFE70-\uFEFC\u{10800}-\u{10FFF}\u{1E800}-\u{1EFFF}]/u;

/**
 * Puts a mark that keeps the line's direction (U+200E, no width) on both sides of a text with right-to-left letters.
 * The figures after it then stay after it.
 */
export function heldInLine(text: string): string {
  return RIGHT_TO_LEFT.test(text) ? `\u200E${text}\u200E` : text;
}
