import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { repeatedMembers } from "../../lib/repeated-members.ts";
import { anyText } from "./arbitraries.ts";

/** Few names, so that they repeat, with some that JSON must escape. */
const name = fc.oneof(fc.constantFrom("a", "b", "", '"', "\\", ":", "{", "]", "\n", "__proto__"), anyText);
const value = fc.oneof(
  fc.jsonValue(),
  fc
    .array(fc.constantFrom("a", '":"', "}", "\\"), { maxLength: 3 })
    .map((items) => ({ a: items, b: { a: items } })),
);

/** A JSON string with every character escaped: the same string in another form. */
function escaped(text: string): string {
  const units = Array.from({ length: text.length }, (_, at) =>
    text.charCodeAt(at).toString(16).padStart(4, "0"),
  );
  return `"${units.map((unit) => `\\u${unit}`).join("")}"`;
}

describe("the repeated members of a body", () => {
  test("are the names that its object has more than once, however they are written", () => {
    const member = fc.tuple(name, value, fc.boolean(), fc.constantFrom("", " ", "\n\t"));
    fc.assert(
      fc.property(fc.array(member, { maxLength: 6 }), (members) => {
        const written = members.map(([key, content, isEscaped, blank]) => {
          const quoted = isEscaped ? escaped(key) : JSON.stringify(key);
          return `${blank}${quoted}${blank}:${blank}${JSON.stringify(content)}`;
        });
        const names = members.map(([key]) => key);
        const repeated = names.filter((key, index) => names.indexOf(key) !== index);
        expect(new Set(repeatedMembers(`{${written.join(",")}}`))).toEqual(new Set(repeated));
      }),
    );
  });

  test("are none in the output of a JSON writer", () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        expect(repeatedMembers(text)).toEqual([]);
      }),
    );
  });

  test.each([
    ['{"a":1,"b":2}', []],
    ['{"a":1,"a":1}', ["a"]],
    ['{"a":1,"a":2,"a":3,"b":4}', ["a"]],
    [String.raw`{"a":1,"\u0061":2}`, ["a"]],
    ['{"a":{"b":1},"b":{"a":1}}', []],
    ['{"b":{"a":1,"a":2}}', []],
    ['[{"a":1,"a":2}]', []],
    [String.raw`{"a":"\",\"a\":","b":1}`, []],
    ['"a"', []],
    ["{}", []],
  ])("of %s are %j", (text, names) => {
    expect(repeatedMembers(text)).toEqual(names);
  });

  test.each([
    ["a long string", `{"a":"${"x".repeat(262_000)}","a":1}`],
    ["many escapes", `{"a":"${"\\\\".repeat(131_000)}","a":1}`],
    ["many members", `{${Array.from({ length: 20_000 }, (_, index) => `"${index}":1`).join(",")},"7":1}`],
    ["deep nesting", `{"a":${"[".repeat(100_000)}${"]".repeat(100_000)},"a":1}`],
  ])("are found in the largest body with %s", (_, text) => {
    expect(repeatedMembers(text)).toHaveLength(1);
  });
});
