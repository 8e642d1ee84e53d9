/** The most words of a sentence. CONTRIBUTING.md asks for about 25; lists may have a few more. */
const MOST_WORDS = 30;

/** Phrases that say something ordinary in an unusual way, and the plain form. */
const PHRASES: readonly (readonly [RegExp, string])[] = [
  [/\b(is|are|was|were|be) other(s)? than\b/i, "differs from"],
  [/\bthan it had\b/i, "does not match what was recorded"],
  [/\b(is|are|was) of (a|an|the|another|this)\b/i, "belongs to, comes from or is about"],
  [/\b(that|which|what) (is|are) no (?!longer|more)[a-z]+\b/i, "is not a"],
  [/\b(is|are) (a |an )?no [A-Z]\w+/, "is not a"],
  [/\bis one of its own\b/i, "is separate"],
  [/\b(is|are|was|were|be) told (of|how|what|that|when|each|so)\b/i, "receives, or reports"],
  [
    /\b(a|an|the|its|it|text|rows?|name|row|month|one) stands? (there|in|under|for|with|as|once|before|beside)\b/i,
    "is, has or appears",
  ],
  [/\bcomes? to nothing\b/i, "fails"],
  [/\bcame to nothing\b/i, "failed"],
  [/\bas (dear|cheap) as\b/i, "as expensive as"],
  [/\bwhoever\b/i, "anyone who"],
  [/\bnobody else's\b/i, "no other"],
  [/\bsaid otherwise\b/i, "reported"],
  [/\bis said (of|by)\b/i, "the description of"],
  [/\bhas none since\b/i, "has no value since"],
  [/\bis amiss\b/i, "is wrong"],
  [/\b(for|on|in|by|of|to|at) (it|them|these|those|that) alone\b/i, "only"],
  [/\bthat there (is|are) not\b/i, "that does not exist"],
  [/\bwhat there is\b/i, "the existing"],
  [/\bbefalls?\b/i, "happens to"],
  [/\b(is|are|be) heard of\b/i, "is noticed"],
  [/\banew\b/i, "again"],
  [/\bat the (most|least)\b/i, "at most, at least"],
  [/\bmend(s|ed|ing)?\b/i, "repair"],
  [/\bpass(es|ed)? (it|them)? ?over\b/i, "ignore"],
  [/\bwhere (there|none) (is|are)\b/i, "if there is"],
  [/\b(that|which|what) (is|are) none\b/i, "invalid"],
  [/\bso many (days|months|bytes|seconds|milliseconds|words|different)\b/i, "this many"],
  [/\bgo(es)? on (and on|where|from there)\b/i, "continue"],
  [/\ba fault of ours\b/i, "an internal error"],
  [/\bin a way that (may |does not )?pass(es)?\b/i, "temporarily, or permanently"],
  [/\bwithout its rest\b/i, "truncated"],
  [/\bwords what it\b/i, "translates"],
  [/\bthe revision before\b/i, "the previous revision"],
];

/** Returns what is wrong with a text. Ignores code in backquotes, and addresses. */
export function faultsOf(text: string): string[] {
  const prose = text
    .replaceAll(/`[^`\n]*`/g, "CODE")
    .replaceAll(/\]\([^)]*\)/g, "]")
    .replaceAll(/https?:\S+/g, "ADDRESS");
  const phrases = PHRASES.flatMap(([phrase, better]) => {
    const found = phrase.exec(prose)?.[0];
    return found === undefined ? [] : [`"${found}": write ${better}`];
  });
  const long = sentences(prose)
    .map((sentence) => ({ sentence, words: sentence.split(/\s+/).filter((word) => /\w/.test(word)).length }))
    .filter(({ words }) => words > MOST_WORDS)
    .map(({ sentence, words }) => `a sentence of ${words} words: ${sentence.trim().slice(0, 60)}…`);
  return [...phrases, ...long];
}

/** Splits at full stops and at the ends of list items, paragraphs and tags. */
function sentences(prose: string): string[] {
  return prose.replaceAll(/\n(?=\s*(?:[-*@#]|\d+\.|\n))| {2,}/g, ". ").split(/(?<=[.!?])["')*]*\s/);
}
