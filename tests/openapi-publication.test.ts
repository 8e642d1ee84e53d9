import { describe, expect, test } from "vitest";
import { withVersion } from "../contract/changelog.ts";
import { type Change, objectionTo } from "../contract/publication.ts";

const BREAKING: Change = { text: "GET /a: removed `b`", breaks: true };
const COMPATIBLE: Change = { text: "GET /a: added `c`", breaks: false };

describe("the contract replaces the published one", () => {
  test.for<[string, readonly Change[], string]>([
    ["when nothing has changed for clients, whatever the words and examples", [], "1.4.2"],
    ["when a compatible change has a greater version", [COMPATIBLE], "1.5.0"],
    ["when a breaking change has a greater first number", [BREAKING, COMPATIBLE], "2.0.0"],
    ["in the order of numbers, not of texts", [BREAKING], "10.0.0"],
  ])("%s", ([, changes, version]) => {
    expect(objectionTo(changes, "1.4.2", version)).toBeUndefined();
  });

  test.for<[string, readonly Change[], string, RegExp]>([
    [
      "when a breaking change has the same version",
      [BREAKING],
      "1.4.2",
      /break clients[^]*removed `b`[^]*first/,
    ],
    ["when a breaking change is told as another", [BREAKING], "1.5.0", /break clients/],
    ["when a compatible change is not told", [COMPATIBLE], "1.4.2", /new to clients[^]*added `c`[^]*second/],
    ["when it is older", [], "1.4.1", /older/],
    ["when a greater number stands behind a smaller one", [BREAKING], "0.9.9", /older/],
  ])("never %s", ([, changes, version, said]) => {
    expect(objectionTo(changes, "1.4.2", version)).toMatch(said);
  });

  test("listing only the breaking changes, if there are any", () => {
    expect(objectionTo([COMPATIBLE, BREAKING], "1.4.2", "1.5.0")).not.toContain("added `c`");
  });

  test.for(["1.4", "1.4.2-beta", "v1.4.2", ""])("with three numbers, not %j", (version) => {
    expect(() => objectionTo([], "1.4.2", version)).toThrow("is not a version");
  });
});

describe("the changelog", () => {
  const CHANGELOG = "# Changes\n\nWords.\n\n## 1.4.2 (2026-01-01)\n\n- Old.\n";

  test("gets a section for a new version, before the others, with what changes for clients", () => {
    expect(withVersion(CHANGELOG, "2.0.0", "2026-02-03", [BREAKING, COMPATIBLE])).toBe(
      "# Changes\n\nWords.\n\n## 2.0.0 (2026-02-03)\n\n- **Breaking:** GET /a: removed `b`\n- GET /a: added `c`\n\n## 1.4.2 (2026-01-01)\n\n- Old.\n",
    );
  });

  test("keeps a section that a person has written", () => {
    expect(withVersion(CHANGELOG, "1.4.2", "2026-02-03", [COMPATIBLE])).toBe(CHANGELOG);
  });

  test("begins with the first version", () => {
    expect(withVersion("# Changes\n", "1.0.0", "2026-02-03", [])).toBe(
      "# Changes\n\n## 1.0.0 (2026-02-03)\n\n",
    );
  });
});
