import { describe, expect, test } from "vitest";
import { faultsOf } from "./prose/rules.ts";
import { textsOf } from "./prose/texts.ts";

const WORDS = (count: number) => Array.from({ length: count }, () => "word").join(" ");

describe("the check of prose", () => {
  test.each([
    "What is other than in the revision before.",
    "A statement has other bytes than it had.",
    "No run has said otherwise for a day.",
    "The id is of another reseller.",
    "It is as dear as the first.",
    "A request with an id that is no UUID.",
    `${WORDS(31)}.`,
  ])("refuses %j", (text) => {
    expect(faultsOf(text)).not.toEqual([]);
  });

  test.each([
    "The listing is truncated but has no continuation token.",
    `${WORDS(30)}. ${WORDS(30)}.`,
    `- ${WORDS(20)}\n- ${WORDS(20)}`,
    "Code such as `is of another` is not checked.",
  ])("accepts %j", (text) => {
    expect(faultsOf(text)).toEqual([]);
  });

  test("reads comments, messages and names of tests in code, but no code in strings", () => {
    const source = [
      "/** Reads the file. */",
      "// One comment",
      "// on two lines.",
      'test("reads the file", () => fail(`no file ${name} here`));',
      'query("SELECT a FROM b WHERE c");',
    ].join("\n");
    expect(textsOf("a.ts", source)).toEqual([
      { line: 1, text: "Reads the file." },
      { line: 2, text: "One comment\non two lines." },
      { line: 4, text: "reads the file" },
      { line: 4, text: "no file … here" },
    ]);
  });

  test("reads paragraphs and cells of Markdown, but no blocks of code", () => {
    const source = ["# A title", "", "| one | two |", "```sh", "a command", "```"].join("\n");
    const texts = textsOf("a.md", source).filter(({ text }) => text.trim() !== "");
    expect(texts.map(({ line, text }) => [line, text.trim()])).toEqual([
      [1, "# A title"],
      [3, "one"],
      [3, "two"],
    ]);
  });

  test.each([
    [
      "a.py",
      '"""Reads a file."""\n# One comment\n# on two lines.\nfail("no file here")\n',
      "Reads a file.|One comment\non two lines.|no file here",
    ],
    [
      "a.go",
      '// One comment\n// on two lines.\nlog.Fatal("no file here")\n',
      "One comment\non two lines.|no file here",
    ],
    ["a.css", "/* One comment\n * on two lines. */\np { margin: 0 }\n", "One comment\non two lines."],
    ["a.sh", "#!/bin/sh\nls\n# One comment\n# on two lines.\n", "One comment\non two lines."],
    ["a.html", "<!-- One comment. --><p>A short text.</p>", "One comment.|A short text."],
  ])("reads comments and strings of %s", (file, source, expected) => {
    expect(
      textsOf(file, source)
        .map(({ text }) => text)
        .filter((text) => text !== "")
        .join("|"),
    ).toBe(expected);
  });

  test("reads comments and descriptions of YAML", () => {
    const source = [
      "# A comment",
      "# on two lines.",
      "A:",
      "  AlarmDescription: >-",
      "    Something",
      "    failed.",
      "  Other: x",
    ];
    expect(textsOf("a.yml", source.join("\n"))).toEqual([
      { line: 1, text: "A comment\non two lines." },
      { line: 5, text: "Something\nfailed." },
    ]);
  });
});
