import { describe, expect, test } from "vitest";
import type { ManifestEntry } from "../../../lib/billing/manifest.ts";
import { type Adjustment, figuresHash, type Statement, sha256 } from "../../../lib/billing/statement.ts";
import { matchesEntry } from "../../../lib/billing/statement-check.ts";
import { secondsOf, uuid } from "../valid.ts";
import { usageOf } from "./usages.ts";

const [R, O, A, B] = [uuid("51"), uuid("b9"), uuid("7d"), uuid("7e")];
const ORGANIZATION = usageOf("51", "b9", { "7d": 60, "7e": 0 });
const OTHER = usageOf("51", "ba", { "7d": 5 });

function adjustment(members: Partial<Adjustment>): Adjustment {
  return {
    resellerId: R,
    organizationId: O,
    agentId: A,
    before: secondsOf(70),
    after: secondsOf(60),
    ...members,
  };
}

/** The agent is gone: its line is not in the statement. */
const GONE = adjustment({ agentId: uuid("7f"), before: secondsOf(3), after: secondsOf(0) });

const STATEMENT: Statement = { organizations: [ORGANIZATION, OTHER], adjustments: [adjustment({}), GONE] };
const ENTRY: Omit<ManifestEntry, "key" | "sha256" | "bytes"> = {
  reseller_id: R,
  seconds: 65,
  figures_sha256: figuresHash(STATEMENT.organizations),
  adjusted_seconds: -13,
  has_usage: true,
  usage_lines: 3,
  adjustment_lines: 2,
};

describe("a statement", () => {
  test("matches its entry, also one of an earlier release with fewer members", () => {
    expect(matchesEntry(STATEMENT, ENTRY)).toBe(true);
    const { reseller_id, seconds, figures_sha256 } = ENTRY;
    expect(matchesEntry(STATEMENT, { reseller_id, seconds, figures_sha256 })).toBe(true);
  });

  test("may have only adjustments", () => {
    const entry = { ...ENTRY, seconds: 0, figures_sha256: figuresHash([]), adjusted_seconds: -3 };
    const counts = { has_usage: false, usage_lines: 0, adjustment_lines: 1 };
    expect(matchesEntry({ organizations: [], adjustments: [GONE] }, { ...entry, ...counts })).toBe(true);
    expect(
      matchesEntry({ organizations: [], adjustments: [GONE] }, { ...entry, ...counts, has_usage: true }),
    ).toBe(false);
  });

  test.each<[string, Partial<ManifestEntry>]>([
    ["another reseller", { reseller_id: uuid("52") }],
    ["another sum", { seconds: 64 }],
    ["other figures", { figures_sha256: sha256(Buffer.of()) }],
    ["another sum of adjustments", { adjusted_seconds: 13 }],
    ["no usage", { has_usage: false }],
    ["another number of lines", { usage_lines: 2 }],
    ["another number of adjustments", { adjustment_lines: 1 }],
  ])("does not match an entry of %s", (_, wrong) => {
    expect(matchesEntry(STATEMENT, { ...ENTRY, ...wrong })).toBe(false);
  });

  const foreign = { resellerId: uuid("52") };
  const doubled = { ...ORGANIZATION, agents: [...ORGANIZATION.agents, ...ORGANIZATION.agents.slice(1)] };
  test.each<[string, Partial<Statement>, Partial<ManifestEntry>]>([
    ["an organization of another reseller", { organizations: [{ ...ORGANIZATION, ...foreign }, OTHER] }, {}],
    ["an adjustment of another reseller", { adjustments: [adjustment(foreign), GONE] }, {}],
    [
      "an organization whose sum is not that of its agents",
      {
        organizations: [
          { ...ORGANIZATION, seconds: secondsOf(61) },
          { ...OTHER, seconds: secondsOf(4) },
        ],
      },
      {},
    ],
    ["the same line twice", { organizations: [doubled, OTHER] }, { usage_lines: 4 }],
    ["the same adjustment twice", { adjustments: [GONE, GONE] }, { adjusted_seconds: -6 }],
    [
      "an adjustment of nothing",
      { adjustments: [adjustment({ before: secondsOf(60) }), GONE] },
      { adjusted_seconds: -3 },
    ],
    [
      "an adjustment to another figure than its line's",
      { adjustments: [adjustment({ before: secondsOf(71), after: secondsOf(61) }), GONE] },
      {},
    ],
    [
      "an adjustment to a figure without a line",
      { adjustments: [adjustment({}), { ...GONE, before: secondsOf(4), after: secondsOf(1) }] },
      {},
    ],
    [
      "an adjustment to the figure of the same agent in another organization",
      { adjustments: [adjustment({ agentId: B, before: secondsOf(15), after: secondsOf(5) }), GONE] },
      {},
    ],
  ])("with %s does not match", (_, statement, entry) => {
    expect(matchesEntry({ ...STATEMENT, ...statement }, { ...ENTRY, ...entry })).toBe(false);
  });

  test("with a forged sum beyond the exact numbers does not match", () => {
    const huge = secondsOf(Number.MAX_SAFE_INTEGER);
    const organization = {
      ...ORGANIZATION,
      seconds: huge,
      agents: [{ agentId: A, agentName: A, seconds: huge }],
    };
    const organizations = [organization, { ...organization, organizationId: uuid("ba") }];
    const entry = { ...ENTRY, seconds: 2 ** 54, figures_sha256: figuresHash(organizations) };
    expect(matchesEntry({ organizations, adjustments: [] }, { ...entry, adjusted_seconds: 0 })).toBe(false);
  });
});
