import stringWidth from "string-width";

/** Text from elsewhere as a terminal may be given it: what is in it, and how wide it is there. */

/** Any end of a line, and the tab: what a name has no use for but to break a table. */
const BLANKS = /[\t\n\v\f\r\u0085\u2028\u2029]+/gu;

/**
 * What a terminal could obey, or what turns the direction of what follows: controls (C0, DEL, C1), lone surrogates
 * and format characters, but for the joiners that scripts and emoji need and the tags of emoji flags.
 */
const COMMANDS = /(?![\u{200C}-\u{200D}\u{E0020}-\u{E007F}])[\p{Cc}\p{Cs}\p{Cf}\p{Zl}\p{Zp}]/gu;

/** As {@link COMMANDS}, but ends of lines (LF, CRLF) are left. */
const COMMANDS_IN_LINES = new RegExp(`(?!\\r?\\n)${COMMANDS.source}`, "gu");

/** The text on one line, with U+FFFD for each character that a terminal could obey. */
export function shown(text: string): string {
  return text.replaceAll(BLANKS, " ").replaceAll(COMMANDS, "\uFFFD");
}

/** The same for a text of several lines, which stay lines. */
export function shownLines(text: string): string {
  return text.replaceAll(COMMANDS_IN_LINES, "\uFFFD");
}

const segmenter = new Intl.Segmenter("en", { granularity: "grapheme" });

/** How many columns a terminal gives the text. */
export function widthOf(text: string): number {
  return stringWidth(text);
}

/** The text, which is wider, cut between graphemes to at most so many columns, `…` at its end. */
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

/** Hebrew, Arabic and the other scripts that run from right to left. */
const RIGHT_TO_LEFT = /[\u0590-\u08FF\uFB1D-\uFDFF\uFE70-\uFEFC\u{10800}-\u{10FFF}\u{1E800}-\u{1EFFF}]/u;

/**
 * The text with a mark on both sides that holds the line's direction (U+200E, no column wide) where it has letters
 * that run from right to left: the figures after it stay after it.
 */
export function heldInLine(text: string): string {
  return RIGHT_TO_LEFT.test(text) ? `\u200E${text}\u200E` : text;
}
