import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { periodOf } from "../../../lib/billing/month.ts";
import {
  type Adjustment,
  adjustmentsBetween,
  adjustmentsJson,
  figuresHash,
  parseStatement,
  secondsOf,
  sha256,
  statementBytes,
} from "../../../lib/billing/statement.ts";
import { type OrganizationUsage, UNASSIGNED } from "../../../lib/usage/fold.ts";
import { secondsOf as secondsFrom, uuid } from "../valid.ts";
import { anyUsage, RESELLER, retold, usageOf } from "./usages.ts";
import { month, snapshotFailureOf } from "./valid.ts";

const PERIOD = periodOf(month("2026-04"));
/** Two states of a reseller: unrelated ones, or the same figures in another form. */
const anyChange = fc.oneof(
  fc.tuple(anyUsage, anyUsage),
  anyUsage.map((usage) => [usage, retold(usage)] as const),
);

/** The figures by organization and agent, without those of 0 seconds, for which nothing is billed. */
function figuresOf(organizations: readonly OrganizationUsage[]): Map<string, number> {
  return new Map(
    organizations.flatMap(({ organizationId, agents }) =>
      agents
        .filter(({ seconds }) => seconds > 0)
        .map(({ agentId, seconds }) => [`${organizationId} ${agentId}`, seconds] as const),
    ),
  );
}

/** The figures after the adjustments. */
function adjusted(before: readonly OrganizationUsage[], adjustments: readonly Adjustment[]) {
  const figures = figuresOf(before);
  for (const { organizationId, agentId, before: was, after } of adjustments) {
    const key = `${organizationId} ${agentId}`;
    expect(figures.get(key) ?? 0).toBe(was);
    if (after === 0) figures.delete(key);
    else figures.set(key, after);
  }
  return figures;
}

describe("a statement's bytes", () => {
  test("have the report's form, with exact seconds beside minutes and the adjustments after the period", () => {
    const [o, a] = [uuid("b9"), uuid("7d")];
    const organizations = [
      { ...usageOf("51", "b9", { "7d": 22_224, [UNASSIGNED]: 1 }), organizationName: "Acme, Inc." },
    ];
    const adjustments = adjustmentsBetween(RESELLER, [usageOf("51", "b9", { "7d": 22_230 })], organizations);
    expect(statementBytes({ organizations, adjustments }, PERIOD).toString()).toBe(
      `{"data":[{"organization_id":"${o}","organization_name":"Acme, Inc.","reseller_id":"${RESELLER}",` +
        `"reseller_name":"${RESELLER}","total_voice_minutes":370.42,"total_voice_seconds":22225,"agent_count":1,` +
        `"agents":[{"agent_id":"${a}","agent_name":"${a}","voice_minutes":370.4,"voice_seconds":22224},` +
        `{"agent_id":"${UNASSIGNED}","agent_name":"${UNASSIGNED}","voice_minutes":0.02,"voice_seconds":1}]}],` +
        `"period":{"start_date":"2026-04-01","end_date":"2026-04-30"},"adjustments":[` +
        `{"reseller_id":"${RESELLER}","organization_id":"${o}","agent_id":"${UNASSIGNED}",` +
        `"seconds_before":0,"seconds_after":1,"seconds_delta":1},` +
        `{"reseller_id":"${RESELLER}","organization_id":"${o}","agent_id":"${a}",` +
        `"seconds_before":22230,"seconds_after":22224,"seconds_delta":-6}]}`,
    );
  });

  test("are read back as the same statement, which gives the same bytes, for any names", () => {
    fc.assert(
      fc.property(anyChange, ([before, after]) => {
        const statement = {
          organizations: after,
          adjustments: adjustmentsBetween(RESELLER, before, after),
        };
        const bytes = statementBytes(statement, PERIOD);
        const read = parseStatement(bytes);
        expect(read).toEqual(statement);
        expect(statementBytes(read, PERIOD).equals(bytes)).toBe(true);
      }),
    );
  });

  test("are UTF-8 without unnecessary whitespace", () => {
    fc.assert(
      fc.property(anyUsage, (organizations) => {
        const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(
          statementBytes({ organizations, adjustments: [] }, PERIOD),
        );
        expect(JSON.stringify(JSON.parse(text))).toBe(text);
      }),
    );
  });

  test.each([
    ["nothing", ""],
    ["no JSON", "{"],
    ["another document", "[]"],
    ["no adjustments", '{"data":[]}'],
    ["an invalid id", statementText({ agent_id: "7d" })],
    ["an id in capitals", statementText({ agent_id: uuid("7d").replace("7d", "7D") })],
    ["a fraction of a second", statementText({ voice_seconds: 1.5 })],
    ["seconds below 0", statementText({ voice_seconds: -1 })],
    ["seconds that are not exact", statementText({ voice_seconds: 2 ** 53 })],
    ["seconds as text", statementText({ voice_seconds: "60" })],
  ])("that contain %s are refused as damaged", (_, text) => {
    const { code, message, cause } = snapshotFailureOf(() => parseStatement(Buffer.from(text)));
    expect([code, message]).toEqual(["snapshot_damaged", "A stored statement is not valid."]);
    expect(cause).toBeInstanceOf(Error);
  });

  test.each([
    ["without a period", undefined],
    ["that begin on another day", { start_date: "2026-04-02", end_date: "2026-04-30" }],
    ["that end on another day", { start_date: "2026-04-01", end_date: "2026-04-29" }],
    ["of another month", { start_date: "2026-05-01", end_date: "2026-05-31" }],
  ])("%s are refused for a month, and read for any", (_, period) => {
    const bytes = Buffer.from(JSON.stringify({ ...JSON.parse(statementText({})), period }));
    const { code, message } = snapshotFailureOf(() => parseStatement(bytes, month("2026-04")));
    expect([code, message]).toEqual([
      "snapshot_damaged",
      "A stored statement does not belong to 2026-04, although its key says so.",
    ]);
    expect(parseStatement(bytes).organizations).toHaveLength(1);
  });

  test("that are not UTF-8 are refused, never repaired", () => {
    const bytes = Buffer.from(statementText({ agent_name: "Bj\u00f6rn" }), "latin1");
    expect(snapshotFailureOf(() => parseStatement(bytes)).code).toBe("snapshot_damaged");
    expect(parseStatement(Buffer.from(statementText({}))).organizations).toHaveLength(1);
  });
});

describe("adjustments", () => {
  test("lead from one state to the other, line by line, and add up to the difference", () => {
    fc.assert(
      fc.property(anyChange, ([before, after]) => {
        const adjustments = adjustmentsBetween(RESELLER, before, after);
        expect(adjusted(before, adjustments)).toEqual(figuresOf(after));
        const sum = adjustments.reduce((delta, { before: was, after: is }) => delta + is - was, 0);
        expect(sum).toBe(secondsOf(after) - secondsOf(before));
      }),
    );
  });

  test("are the reseller's, by organization and agent, each once, and never 0", () => {
    fc.assert(
      fc.property(anyChange, ([before, after]) => {
        const adjustments = adjustmentsBetween(RESELLER, before, after);
        const keys = adjustments.map(({ organizationId, agentId }) => `${organizationId} ${agentId}`);
        expect(keys).toEqual([...new Set(keys)].sort());
        for (const { resellerId, before: was, after: is } of adjustments) {
          expect(resellerId).toBe(RESELLER);
          expect(was).not.toBe(is);
        }
      }),
    );
  });

  test("never result from names, order, or lines of 0 seconds", () => {
    fc.assert(
      fc.property(anyUsage, (usage) => {
        expect(adjustmentsBetween(RESELLER, usage, retold(usage))).toEqual([]);
        expect(adjustmentsBetween(RESELLER, retold(usage), usage)).toEqual([]);
      }),
    );
  });

  test("take a reseller to 0 and from 0", () => {
    const usage = [usageOf("51", "1", { "7": 60, [UNASSIGNED]: 5 })];
    const deltas = (json: string): number[] => JSON.parse(json).map(deltaOf);
    expect(deltas(adjustmentsJson(adjustmentsBetween(RESELLER, usage, [])))).toEqual([-5, -60]);
    expect(deltas(adjustmentsJson(adjustmentsBetween(RESELLER, [], usage)))).toEqual([5, 60]);
    expect(adjustmentsJson([])).toBe("[]");
  });

  test("distinguish the same agent under two organizations", () => {
    const before = [usageOf("51", "1", { "7": 60 }), usageOf("51", "2", { "7": 30 })];
    const after = [usageOf("51", "1", { "7": 30 }), usageOf("51", "2", { "7": 60 })];
    expect(
      adjustmentsBetween(RESELLER, before, after).map(({ organizationId, before: was, after: is }) => [
        organizationId,
        was,
        is,
      ]),
    ).toEqual([
      [uuid("1"), 60, 30],
      [uuid("2"), 30, 60],
    ]);
  });
});

describe("the hash of the figures", () => {
  test("is equal exactly if there is nothing to adjust", () => {
    fc.assert(
      fc.property(anyChange, ([before, after]) => {
        const isEqual = figuresHash(before) === figuresHash(after);
        expect(isEqual).toBe(adjustmentsBetween(RESELLER, before, after).length === 0);
      }),
      { numRuns: 300 },
    );
  });

  test("of no figures is that of no bytes", () => {
    expect(figuresHash([])).toBe(sha256(Buffer.of()));
    expect(figuresHash([usageOf("51", "1", { "7": 0 })])).toBe(figuresHash([]));
  });

  test("distinguishes 1 and 11 seconds of two agents from 11 and 1", () => {
    expect(figuresHash([usageOf("51", "1", { "1": 1, "11": 11 })])).not.toBe(
      figuresHash([usageOf("51", "1", { "1": 11, "11": 1 })]),
    );
  });
});

test("seconds beyond 2^53 - 1 are refused, never rounded", () => {
  const most = { ...usageOf("51", "1", { "7": 1 }), seconds: secondsFrom(Number.MAX_SAFE_INTEGER) };
  expect(secondsOf([most])).toBe(Number.MAX_SAFE_INTEGER);
  expect(() => secondsOf([most, usageOf("51", "2", { "7": 1 })])).toThrow("could not be made");
});

function deltaOf({ seconds_delta }: { seconds_delta: number }): number {
  return seconds_delta;
}

/** A statement of one line with these members changed. */
function statementText(line: Readonly<Record<string, unknown>>): string {
  const agents = [{ agent_id: uuid("7d"), agent_name: "Ann", voice_seconds: 60, ...line }];
  const names = { organization_name: "Acme", reseller_id: RESELLER, reseller_name: "Northwind" };
  const data = [{ organization_id: uuid("b9"), ...names, total_voice_seconds: 60, agents }];
  return JSON.stringify({ data, adjustments: [] });
}
