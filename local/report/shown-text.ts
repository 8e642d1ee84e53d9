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

/** Letters, digits and signs of a column each that never join: what most names are made of. */
const PLAIN = /^[\x20-\x7E\u00A1-\u00AC\u00AE-\u02FF]*$/;

/** East Asian Wide and Fullwidth (Unicode Standard Annex 11), in whole blocks where a block is mostly that. */
const WIDE =
  /[\u1100-\u115F\u231A\u231B\u2329\u232A\u2E80-\u303E\u3041-\uA4CF\uA960-\uA97C\uAC00-\uD7A3\uF900-\uFAFF\uFE10-\uFE19\uFE30-\uFE6F\uFF01-\uFF60\uFFE0-\uFFE6\u{16FE0}-\u{18DFF}\u{1AFF0}-\u{1B2FF}\u{1F200}-\u{1F2FF}\u{20000}-\u{3FFFD}]/u;

/** Drawn as a picture two columns wide: of itself, or by the selector after it. */
const PICTURE = /\p{Emoji_Presentation}|\uFE0F/u;

/** Takes no column: marks above and below, joiners, and the vowels and finals that Hangul puts into one block. */
const NO_COLUMN = /[\p{Mn}\p{Me}\p{Cf}\u1160-\u11FF\uD7B0-\uD7FB]/u;

const segmenter = new Intl.Segmenter("en", { granularity: "grapheme" });

/** How many columns a terminal gives the text. */
export function widthOf(text: string): number {
  if (PLAIN.test(text)) return text.length;
  let width = 0;
  for (const { segment } of segmenter.segment(text)) width += widthOfGrapheme(segment);
  return width;
}

function widthOfGrapheme(grapheme: string): number {
  if (PICTURE.test(grapheme)) return 2;
  let width = 0;
  for (const character of grapheme) {
    if (!NO_COLUMN.test(character)) width += WIDE.test(character) ? 2 : 1;
  }
  return width;
}

/** The text, which is wider, cut between graphemes to at most so many columns, `…` at its end. */
export function cutTo(width: number, text: string): string {
  let kept = "";
  let used = 0;
  for (const { segment } of segmenter.segment(text)) {
    used += widthOfGrapheme(segment);
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
