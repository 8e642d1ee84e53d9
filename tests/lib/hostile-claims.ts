/** Claims as an attacker, a careless issuer or a broken gateway might send them, and their possible meaning. */
import * as fc from "fast-check";
import { anyText } from "./arbitraries.ts";
import { uuid, uuids } from "./valid.ts";

/** The resellers of the claims: few, so that filters match them often, with every hexadecimal letter. */
export const RESELLERS = [
  uuid("0b9c1d2e-3f40-4abc-8def-000000000001"),
  uuid("51f2aa00-9abc-4def-bbbb-000000000002"),
  uuid("c4a0ffee-dead-4bee-8ace-000000000003"),
  uuid("7d1e7d1e-7d1e-1d1e-0d1e-000000000004"),
];

/** A reseller that no claim ever names as a whole element. */
export const STRANGER = uuid("feedface-aaaa-4bbb-8ccc-00000000dead");

const someReseller = fc.constantFrom(...RESELLERS);

/** Ways to damage a UUID, most of them invisible. */
const MANGLINGS: readonly ((id: string) => string)[] = [
  (id) => id.slice(1),
  (id) => `${id}0`,
  (id) => `${id}-${id}`,
  (id) => id.replaceAll("-", ""),
  (id) => id.replaceAll("-", "\u2010"),
  (id) => id.replaceAll("-", "\u2212"),
  (id) => id.replace("a", "\u0430"),
  (id) => id.replace("e", "\u0435"),
  (id) => id.replace("c", "\u0441"),
  (id) => id.replace("b", "\u212c"),
  (id) => id.replace("0", "\uff10"),
  (id) => id.replace("1", "\u0661"),
  (id) => id.replace("0", "O"),
  (id) => id.replace("d", "d\u0301"),
  (id) => `${id.slice(0, 20)}\u200b${id.slice(20)}`,
  (id) => `${id}\u0000`,
  (id) => `\ufeff${id}`,
  (id) => `\u202e${id}`,
  (id) => `${id}\n`,
  (id) => `\t${id}`,
  (id) => `\u00a0${id}`,
  (id) => `{${id}}`,
  (id) => `(${id})`,
  (id) => `'${id}'`,
  (id) => `${id}'`,
  (id) => `urn:uuid:${id}`,
  (id) => `${id}%`,
  (id) => `${id}/*`,
  (id) => `${id};${STRANGER}`,
  (id) => `${id}|${STRANGER}`,
  (id) => `${id}' OR reseller_id = '${STRANGER}`,
  (id) => encodeURIComponent(`{${id}}`),
  (id) => id.replace("-", "%2D"),
  (id) => id.replace("0", "\\u0030"),
  (id) => id.split("-").toReversed().join("-"),
];

const NO_UUIDS = [
  "",
  " ",
  "*",
  "%",
  "_",
  "**",
  "all",
  "ALL",
  "any",
  "admin",
  "null",
  "undefined",
  "true",
  "NaN",
  "0",
  "-1",
  "[object Object]",
  "[]",
  "{}",
  "()",
  "__proto__",
  "constructor",
  "prototype",
  "toString",
  "hasOwnProperty",
  "reseller_ids",
  "' OR 1=1 --",
  "') OR ('1'='1",
  "'; DROP TABLE call_usage; --",
  "x') UNION SELECT reseller_id FROM resellers --",
  "SELECT reseller_id FROM resellers",
  "?",
  "\\",
  "\\'",
  '"',
  "${process.env}",
  "../../etc/passwd",
  "00000000-0000-0000-0000-00000000000",
  "gggggggg-gggg-gggg-gggg-gggggggggggg",
  "????????-????-????-????-????????????",
  "________-____-____-____-____________",
  "9".repeat(36),
  "a".repeat(40_000),
];

const whole = fc.oneof(
  someReseller,
  someReseller.map((id) => id.toUpperCase()),
);
const mangled = fc.tuple(fc.constantFrom(...MANGLINGS), someReseller).map(([mangle, id]) => mangle(id));
const noUuid = fc.oneof(fc.constantFrom(...NO_UUIDS), anyText);
const element = fc.oneof({ weight: 5, arbitrary: whole }, { weight: 2, arbitrary: mangled }, noUuid);

const SEPARATORS = [
  " ",
  ",",
  ", ",
  " ,",
  ",,",
  "  ",
  "\t",
  "\n",
  "\u00a0",
  "\u2003",
  ";",
  "|",
  "', '",
  '","',
  "+",
];
const OPENINGS = [
  "",
  "[",
  "[[",
  "(",
  "{",
  '["',
  '[ "',
  "['",
  " ",
  "[ ",
  "\ufeff",
  '"',
  "'",
  '{"reseller_ids":["',
];
const CLOSINGS = ["", "]", "]]", ")", "}", '"]', '" ]', "']", " ", " ]", "\n", '"', "'", '"]}', "]x", '",'];

/** Text that looks like a list, well-formed or not. */
const listText = fc
  .record({
    opening: fc.constantFrom(...OPENINGS),
    elements: fc.array(element, { maxLength: 5 }),
    separator: fc.constantFrom(...SEPARATORS),
    closing: fc.constantFrom(...CLOSINGS),
  })
  .map(({ opening, elements, separator, closing }) => opening + elements.join(separator) + closing);

/** JSON as text, sometimes truncated. */
const jsonText = fc
  .tuple(fc.oneof(fc.array(element, { maxLength: 4 }), fc.jsonValue()), fc.nat(3), fc.boolean())
  .map(([value, lost, isSpaced]) => {
    const text = JSON.stringify(value, null, isSpaced ? 1 : 0);
    return text.slice(0, text.length - lost);
  });

/** Other JSON values, with resellers in every place but the right one. */
const strangeElement = fc.oneof(
  element,
  fc.constantFrom(null, true, false, 0, 1, -1, 1e308),
  someReseller.map((id) => [id]),
  someReseller.map((id) => ({ id })),
  someReseller.map((id) => ({ [id]: id })),
  fc.jsonValue({ maxDepth: 2 }),
);
const strangeObject = fc.oneof(
  someReseller.map((id) => ({ 0: id, length: 1 })),
  someReseller.map((id) => ({ reseller_ids: [id] })),
  someReseller.map((id): unknown =>
    JSON.parse(`{"__proto__":["${id}"],"constructor":"${id}","toString":"${id}"}`),
  ),
  fc.dictionary(fc.string(), strangeElement, { maxKeys: 3 }),
);

/** Lists at and above the limit of a claim. */
const longList = fc
  .record({ count: fc.constantFrom(999, 1_000, 1_001, 3_000), form: fc.nat(4) })
  .map(({ count, form }) => {
    const ids = uuids(count);
    const forms = [ids, ids.join(","), ids.join(" "), `[${ids.join(" ")}]`, JSON.stringify(ids)];
    return forms[form];
  });

/** Claims of every kind; about a third are well-formed lists of resellers. */
export const hostileClaim: fc.Arbitrary<unknown> = fc.oneof(
  { weight: 120, arbitrary: listText },
  { weight: 60, arbitrary: fc.array(element, { maxLength: 5 }) },
  { weight: 40, arbitrary: fc.array(whole, { maxLength: 5 }) },
  { weight: 40, arbitrary: jsonText },
  { weight: 30, arbitrary: fc.array(strangeElement, { maxLength: 4 }) },
  { weight: 20, arbitrary: strangeObject },
  { weight: 20, arbitrary: element },
  { weight: 20, arbitrary: fc.jsonValue() },
  { weight: 10, arbitrary: anyText },
  {
    weight: 10,
    arbitrary: fc.constantFrom(undefined, null, "", "[]", [], "[ ]", " ", "{}", "null", 0, false),
  },
  { weight: 1, arbitrary: longList },
);

/** Whether the claim is one of the five that name no reseller: missing, null, `""`, `[]`, `"[]"`. */
export function isEmptyForm(claim: unknown): boolean {
  return (
    claim === undefined ||
    claim === null ||
    claim === "" ||
    claim === "[]" ||
    (Array.isArray(claim) && claim.length === 0)
  );
}

/**
 * The claim's whole elements in lower case, ignoring its form. Of an array these are the texts. Of a text they are
 * the parts between blanks, commas, quotes and brackets, and, if it is JSON, the elements of its list.
 */
export function wholeElements(claim: unknown): Set<string> {
  const elements = Array.isArray(claim) ? claim : typeof claim === "string" ? textElements(claim) : [];
  return new Set(elements.filter((item) => typeof item === "string").map((item) => item.toLowerCase()));
}

function textElements(text: string): readonly unknown[] {
  if (text.includes("\\")) {
    try {
      const value: unknown = JSON.parse(text);
      if (Array.isArray(value)) return value;
    } catch {
      // Not JSON: read unchanged.
    }
  }
  return text.split(/[ ,"[\]\n\r\t]+/).filter((part) => part !== "");
}
