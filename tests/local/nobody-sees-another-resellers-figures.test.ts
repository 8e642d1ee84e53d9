import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { MALFORMED_CLAIMS, NO_RESELLERS_CLAIMS, WELL_FORMED_CLAIMS } from "./claims.ts";
import { APRIL, BAKERY, CARLA, call, DENTAL, id, LAKE, NORTH, SILENT, SOLD, SOUTH } from "./fixture.ts";
import { stackOver, type TestStack } from "./test-stack.ts";

const MOVED = {
  early: call("8", { duration_seconds: 7n }),
  late: call("8", {
    reseller_id: SOUTH,
    organization_id: BAKERY,
    agent_id: null,
    duration_seconds: 11n,
    recorded_at: new Date("2026-04-12T00:00:00Z"),
  }),
};

let stack: TestStack;
beforeAll(async () => {
  stack = await stackOver({ ...LAKE, call_usage: [...LAKE.call_usage, MOVED.early, MOVED.late] });
});
afterAll(() => stack[Symbol.asyncDispose]());

async function totals(claim: unknown, query = APRIL): Promise<Record<string, number>> {
  const { status, text } = await stack.ask({ query, claim });
  expect(status).toBe(200);
  const entries: { organization_id: string; reseller_id: string; total_voice_minutes: number }[] =
    JSON.parse(text).data;
  return Object.fromEntries(
    entries.map((entry) => [
      `${entry.reseller_id} ${entry.organization_id}`,
      Math.round(entry.total_voice_minutes * 60),
    ]),
  );
}

describe("nobody sees another reseller's figures", () => {
  test("a correction that moves a call to another reseller is seen only by the new owner", async () => {
    const [north, south, both] = await Promise.all([
      totals([NORTH]),
      totals([SOUTH]),
      totals([NORTH, SOUTH]),
    ]);
    expect(north).toEqual({
      [`${NORTH} ${DENTAL}`]: 181,
      [`${NORTH} ${SILENT}`]: 0,
      [`${NORTH} ${SOLD}`]: 600,
    });
    expect(south).toEqual({ [`${SOUTH} ${BAKERY}`]: 56, [`${SOUTH} ${SOLD}`]: 1_200 });
    expect(both).toEqual({ ...north, ...south });
  });

  test("a former owner sees its own calls of a sold organization, without the new owner's names", async () => {
    const { text } = await stack.ask({ query: `${APRIL}&organization_ids=${SOLD}`, claim: [NORTH] });
    expect(JSON.parse(text).data).toEqual([
      {
        organization_id: SOLD,
        organization_name: SOLD,
        reseller_id: NORTH,
        reseller_name: "Northwind Voice",
        total_voice_minutes: 10,
        agent_count: 1,
        agents: [{ agent_id: CARLA, agent_name: CARLA, voice_minutes: 10 }],
      },
    ]);
  });

  test("another's organization or reseller is answered, to the byte, like one that does not exist", async () => {
    const [foreign, unknown, foreignReseller, unknownReseller] = await Promise.all(
      [
        `organization_ids=${BAKERY}`,
        `organization_ids=${id("ff")}`,
        `reseller_ids=${SOUTH}`,
        `reseller_ids=${id("ff")}`,
      ].map((filter) => stack.ask({ query: `${APRIL}&${filter}`, claim: [NORTH] })),
    );
    expect(foreign?.text).toBe('{"data":[],"period":{"start_date":"2026-04-01","end_date":"2026-04-30"}}');
    expect([unknown?.text, foreignReseller?.text, unknownReseller?.text]).toEqual(
      Array.from({ length: 3 }, () => foreign?.text),
    );
    expect([unknown?.status, foreignReseller?.status, unknownReseller?.status]).toEqual([200, 200, 200]);
  });

  test("two tenants with the same request at the same time never share an execution", async () => {
    const asked = Array.from({ length: 10 }, (_, index) => totals([index % 2 === 0 ? NORTH : SOUTH]));
    for (const [index, answer] of (await Promise.all(asked)).entries()) {
      const owners = new Set(Object.keys(answer).map((key) => key.split(" ")[0]));
      expect(owners).toEqual(new Set([index % 2 === 0 ? NORTH : SOUTH]));
    }
  });

  test.each(MALFORMED_CLAIMS)("a claim that is %s gives 403 and no figures", async (_, claim) => {
    const { status, text } = await stack.ask({ query: APRIL, claim });
    expect(status).toBe(403);
    expect(JSON.parse(text)).toMatchObject({ type: "/problems/malformed_claim", status: 403 });
    expect(text).not.toContain(NORTH);
  });

  test.each(NO_RESELLERS_CLAIMS)(
    "a claim that is %s gives an empty report, and no query is started",
    async (_, claim) => {
      const before = stack.log().match(/query_execution_id/g)?.length;
      const { status, text } = await stack.ask({ query: APRIL, claim });
      expect(status).toBe(200);
      expect(JSON.parse(text).data).toEqual([]);
      expect(stack.log().match(/query_execution_id/g)?.length).toBe(before);
    },
  );

  test.each(WELL_FORMED_CLAIMS)("a claim that is %s is read completely", async (_, claim) => {
    const owners = new Set(Object.keys(await totals(claim)).map((key) => key.split(" ")[0]));
    expect(owners).toEqual(new Set(JSON.stringify(claim).includes(SOUTH) ? [NORTH, SOUTH] : [NORTH]));
  });

  test("the log contains no token, no claim and no customer", async () => {
    const token = await stack.token({ reseller_ids: [NORTH] });
    await stack.ask({ query: APRIL, headers: { authorization: `Bearer ${token}` } });
    for (const secret of [token, NORTH, SOUTH, "Northwind", "Acme Dental", "Secret New Name", "Anna"]) {
      expect(stack.log()).not.toContain(secret);
    }
    expect(stack.log()).toContain('"message":"request"');
  });
});
