/** Folds text to what people type who have no keys for accents and special letters. The search compares folded text. */

/** Letters that Unicode does not decompose to plain letters. */
const LETTERS: Readonly<Record<string, string>> = {
  æ: "ae",
  ð: "d",
  ø: "o",
  þ: "th",
  ß: "ss",
  đ: "d",
  ħ: "h",
  ı: "i",
  ĸ: "k",
  ł: "l",
  ŋ: "n",
  œ: "oe",
  ŧ: "t",
  ə: "e",
  ς: "σ",
  "·": "",
  "’": "'",
  "‘": "'",
  ʼ: "'",
  "–": "-",
  "—": "-",
  "‑": "-",
};

/** The other way to type German and Nordic letters on a plain keyboard. */
const PAIRS: Readonly<Record<string, string>> = { ä: "ae", ö: "oe", ü: "ue", å: "aa", ø: "oe" };

/** Without case, accents and special letters: `Łódź` becomes `lodz`, `Größmann` becomes `grossmann`. */
export function folded(text: string): string {
  const plain = text.normalize("NFKD").toLowerCase().replaceAll(/\p{M}/gu, "");
  return plain.replaceAll(/[^ -~]/gu, (letter) => LETTERS[letter] ?? letter);
}

/** Every folding that a reader may type: `Größmann` becomes `grossmann` and `groessmann`. */
export function foldings(text: string): string {
  const pairs = text
    .normalize("NFC")
    .toLowerCase()
    .replaceAll(/[äöüåø]/g, (letter) => PAIRS[letter] ?? letter);
  const [first, second] = [folded(text), folded(pairs)];
  return first === second ? first : `${first}\n${second}`;
}
