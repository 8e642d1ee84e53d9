import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  emptyReport,
  foldReport,
  type OrganizationReport,
} from "../../../../lib/reports/minutes-by-organization/organizations.ts";
import { UNASSIGNED } from "../../../../lib/usage/fold.ts";
import type { UsageRow } from "../../../../lib/usage/row.ts";
import {
  agentRow,
  anyRows,
  named,
  organizationRow,
  PERIOD,
  reportOf,
  resellerRow,
} from "../../usage/rows.ts";
import { rejectionOf, uuid } from "../../valid.ts";

const [R1, R2] = [uuid("a1"), uuid("a2")];
const [O1, O2, O3] = [uuid("b1"), uuid("b2"), uuid("b3")];
const [A1, A2, A3] = [uuid("c1"), uuid("c2"), uuid("c3")];
const MAX = Number.MAX_SAFE_INTEGER;

/** An organization's lines, as `name seconds`. */
function linesOf({ organizations }: OrganizationReport): string[] {
  return organizations.flatMap(({ agents }) =>
    agents.map(({ agentName, seconds }) => `${agentName} ${seconds}`),
  );
}

/** The organizations, as `name seconds`. */
function totalsOf({ organizations }: OrganizationReport): string[] {
  return organizations.map(({ organizationName, seconds }) => `${organizationName} ${seconds}`);
}

describe("the order of agents", () => {
  test("is by exact seconds, largest first", async () => {
    const rows = [agentRow([R1, O1, A1], 60, named("a")), agentRow([R1, O1, A2], 61, named("b"))];
    expect(linesOf(await reportOf(rows))).toEqual(["b 61", "a 60"]);
  });

  test("is by name if the seconds tie, by code units and not by a locale", async () => {
    const names = ["é", "z", "Z", "a", "É", "10", "9", "ä", "😀", "\uffff"];
    const rows = names.map((name, index) => agentRow([R1, O1, uuid(String(index))], 5, named(name)));
    const shown = linesOf(await reportOf(rows)).map((line) => line.replace(" 5", ""));
    expect(shown).toEqual(["10", "9", "Z", "a", "z", "É", "ä", "é", "😀", "\uffff"]);
  });

  test("is by id if the names tie too", async () => {
    const rows = [A3, A1, A2].map((agent) => agentRow([R1, O1, agent], 5, named("same")));
    const { organizations } = await reportOf(rows);
    expect(organizations[0]?.agents.map(({ agentId }) => agentId)).toEqual([A1, A2, A3]);
  });

  test("puts Unassigned among the others, by its seconds and then by its name", async () => {
    const rows = [
      agentRow([R1, O1, A1], 9, named("Ann")),
      agentRow([R1, O1, A2], 5, named("Bob")),
      agentRow([R1, O1, A3], 5, named("Zoe")),
      organizationRow([R1, O1], 5),
    ];
    expect(linesOf(await reportOf(rows))).toEqual(["Ann 9", "Bob 5", "Unassigned 5", "Zoe 5"]);
  });
});

describe("the order of organizations", () => {
  test("is by total, then name, then organization, then reseller", async () => {
    const rows = [
      organizationRow([R2, O2], 10, named("same")),
      organizationRow([R1, O2], 10, named("same")),
      organizationRow([R1, O3], 10, named("Zed")),
      organizationRow([R2, O1], 10, named("same")),
      organizationRow([R1, O1], 20, named("zz")),
    ];
    const { organizations } = await reportOf(rows);
    expect(organizations.map(({ organizationId, resellerId }) => [organizationId, resellerId])).toEqual([
      [O1, R1],
      [O3, R1],
      [O1, R2],
      [O2, R1],
      [O2, R2],
    ]);
  });

  test("is total: no two neighbours are out of order", async () => {
    await fc.assert(
      fc.asyncProperty(anyRows, async (rows) => {
        const { organizations } = await reportOf(rows);
        const keys = organizations.map(({ seconds, organizationName, organizationId, resellerId }) => [
          0 - seconds,
          organizationName,
          organizationId,
          resellerId,
        ]);
        expect(keys).toEqual(keys.toSorted(lexicographically));
        for (const { agents } of organizations) {
          const lines = agents.map(({ seconds, agentName, agentId }) => [0 - seconds, agentName, agentId]);
          expect(lines).toEqual(lines.toSorted(lexicographically));
        }
      }),
    );
  });
});

describe("calls without an agent", () => {
  test("are one line with the nil UUID, so that the details add up to the total", async () => {
    const { organizations } = await reportOf([organizationRow([R1, O1], 7), agentRow([R1, O1, A1], 3)]);
    expect(organizations[0]?.seconds).toBe(10);
    expect(organizations[0]?.agents).toContainEqual({
      agentId: "00000000-0000-0000-0000-000000000000",
      agentName: "Unassigned",
      seconds: 7,
    });
  });

  test("of 0 seconds are left out", async () => {
    expect(linesOf(await reportOf([organizationRow([R1, O1], 0)]))).toEqual([]);
    expect(linesOf(await reportOf([agentRow([R1, O1, UNASSIGNED], 0)]))).toEqual([]);
  });

  test("are added to those recorded under the nil UUID, whatever name that has", async () => {
    const rows = [
      organizationRow([R1, O1], 7),
      agentRow([R1, O1, UNASSIGNED], 5, named("Nobody")),
      agentRow([R1, O2, UNASSIGNED], 2),
    ];
    expect(linesOf(await reportOf(rows))).toEqual(["Unassigned 12", "Unassigned 2"]);
  });
});

describe("an organization", () => {
  test("without calls is listed with 0, and its agents with 0", async () => {
    const rows = [organizationRow([R1, O1], 0, named("Acme")), agentRow([R1, O1, A1], 0, named("Ann"))];
    const report = await reportOf(rows);
    expect(totalsOf(report)).toEqual(["Acme 0"]);
    expect(linesOf(report)).toEqual(["Ann 0"]);
  });

  test("is reported under its id if it is missing in the directory", async () => {
    const { organizations } = await reportOf([agentRow([R1, O1, A1], 60)]);
    expect(organizations).toEqual([
      {
        organizationId: O1,
        organizationName: O1,
        resellerId: R1,
        resellerName: R1,
        seconds: 60,
        agents: [{ agentId: A1, agentName: A1, seconds: 60 }],
      },
    ]);
  });

  test("appears once under each reseller after a change of owner, with its names only under the present one", async () => {
    const rows = [
      organizationRow([R1, O1], 60),
      organizationRow([R2, O1], 30, named("Acme")),
      resellerRow(R1, named("First")),
      resellerRow(R2, named("Second")),
    ];
    const { organizations } = await reportOf(rows);
    expect(
      organizations.map(({ organizationName, resellerName }) => [organizationName, resellerName]),
    ).toEqual([
      [O1, "First"],
      ["Acme", "Second"],
    ]);
  });

  test("does not appear for a reseller that has none", async () => {
    expect(await reportOf([resellerRow(R1, named("First"))])).toEqual(emptyReport(PERIOD));
  });
});

describe("a name", () => {
  test.each([
    ["the name", named("Name", "X-1", "I-1"), "Name"],
    ["the external id, where the name is null", named(null, "X-1", "I-1"), "X-1"],
    ["the external id, where the name is empty", named("", "X-1", "I-1"), "X-1"],
    ["the internal id, where the others are blank", named(" \t", "\u00a0\ufeff", "I-1"), "I-1"],
    ["the UUID, at last", named("\u2003", "\r\n", "\v"), A1],
    ["untrimmed", named("  Name ", null, null), "  Name "],
    ["an invisible character that trim() leaves", named("\u200b", "X-1", null), "\u200b"],
  ])("is %s", async (_, names, shown) => {
    expect(linesOf(await reportOf([agentRow([R1, O1, A1], 1, names)]))).toEqual([`${shown} 1`]);
  });

  test("of an organization and a reseller falls back to the internal id, then to the UUID", async () => {
    const rows = [
      resellerRow(R1, named(" ", null, "R-1")),
      organizationRow([R1, O1], 2, named(null, null, "O-1")),
      organizationRow([R2, O2], 1, named(null, null, " ")),
    ];
    const { organizations } = await reportOf(rows);
    expect(
      organizations.map(({ organizationName, resellerName }) => [organizationName, resellerName]),
    ).toEqual([
      ["O-1", "R-1"],
      [O2, R2],
    ]);
  });
});

describe("every figure of a report", () => {
  test("is the sum of its rows, none lost and none counted twice", async () => {
    await fc.assert(
      fc.asyncProperty(anyRows, async (rows) => {
        const { organizations } = await reportOf(rows);
        const keys = organizations.map(({ resellerId, organizationId }) => `${resellerId} ${organizationId}`);
        expect(new Set(keys).size).toBe(keys.length);
        expect(new Map(organizations.map(({ seconds }, index) => [keys[index], seconds]))).toEqual(
          sumsOf(rows),
        );
        for (const { seconds, agents } of organizations) {
          expect(agents.reduce((sum, line) => sum + line.seconds, 0)).toBe(seconds);
        }
      }),
    );
  });

  test("is exact up to 2^53 - 1", async () => {
    const rows = [agentRow([R1, O1, A1], MAX - 1), agentRow([R1, O1, A2], 1)];
    expect((await reportOf(rows)).organizations[0]?.seconds).toBe(MAX);
  });

  test("is exact if it is within the range, even if the sum of all is not", async () => {
    const rows = [agentRow([R1, O1, A1], MAX), agentRow([R1, O2, A1], MAX), agentRow([R2, O1, A1], MAX)];
    expect((await reportOf(rows)).organizations.map(({ seconds }) => seconds)).toEqual([MAX, MAX, MAX]);
  });

  test.each<[string, UsageRow[]]>([
    ["agents", [agentRow([R1, O1, A1], MAX), agentRow([R1, O1, A2], 1)]],
    ["an agent and Unassigned", [organizationRow([R1, O1], MAX), agentRow([R1, O1, A1], 1)]],
    ["both kinds of Unassigned", [organizationRow([R1, O1], MAX), agentRow([R1, O1, UNASSIGNED], 1)]],
  ])("fails instead of rounding if the sum of %s leaves the exact range", async (_, rows) => {
    expect((await rejectionOf(reportOf(rows))).code).toBe("internal_error");
  });
});

describe("a result with a duplicate key", () => {
  test.each<[string, UsageRow[]]>([
    ["agent", [agentRow([R1, O1, A1], 1), agentRow([R1, O1, A1], 2)]],
    ["organization", [organizationRow([R1, O1], 1), organizationRow([R1, O1], 1)]],
    ["reseller", [resellerRow(R1), resellerRow(R1)]],
  ])("(%s) is refused, because its seconds would count twice", async (_, rows) => {
    expect((await rejectionOf(reportOf(rows))).code).toBe("internal_error");
  });

  test("differs from an agent under two organizations, or under two resellers", async () => {
    const rows = [agentRow([R1, O1, A1], 1), agentRow([R1, O2, A1], 1), agentRow([R2, O1, A1], 1)];
    expect((await reportOf(rows)).organizations).toHaveLength(3);
  });
});

describe("rows that end with an error", () => {
  test("give no report of what had arrived", async () => {
    async function* failing() {
      yield [organizationRow([R1, O1], 60)];
      await Promise.reject(new Error("lost"));
    }
    await expect(foldReport(failing(), PERIOD)).rejects.toThrow("lost");
  });
});

function sumsOf(rows: readonly UsageRow[]): Map<string, number> {
  const sums = new Map<string, number>();
  for (const row of rows) {
    if (row.level === "reseller") continue;
    const key = `${row.resellerId} ${row.organizationId}`;
    sums.set(key, (sums.get(key) ?? 0) + row.seconds);
  }
  return sums;
}

/** Numbers ascending, text by code units. */
function lexicographically(a: readonly (number | string)[], b: readonly (number | string)[]): number {
  for (const [index, left] of a.entries()) {
    const right = b[index] ?? "";
    if (left !== right) return left < right ? -1 : 1;
  }
  return 0;
}
