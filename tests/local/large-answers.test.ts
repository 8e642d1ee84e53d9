import { createHash } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { AgentRecord, Lake } from "../../local/lake/records.ts";
import { APRIL, DENTAL, LAKE, NORTH } from "./fixture.ts";
import { type Answer, stackOver, type TestStack } from "./test-stack.ts";

/**
 * This many agents of one organization, with random ids and calls of random length, which compress badly.
 *
 * @param nameBytes random bytes in each name, as hex
 */
function manyAgents(count: number, nameBytes = 0): Lake {
  const numbers = Array.from({ length: count }, (_, index) =>
    createHash("sha256").update(String(index)).digest(),
  );
  const idOf = (bytes: Buffer) =>
    bytes.toString("hex", 0, 16).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
  const agents = numbers.map(
    (bytes, index): AgentRecord => ({
      agent_id: idOf(bytes),
      organization_id: DENTAL,
      reseller_id: NORTH,
      external_id: null,
      internal_id: null,
      name: `Agent ${index}${createHash("shake256", { outputLength: nameBytes }).update(bytes).digest("hex")}`,
    }),
  );
  const started = new Date("2026-04-10T09:00:00Z");
  const call_usage = numbers.map((bytes) => ({
    call_id: idOf(bytes.subarray(16)),
    reseller_id: NORTH,
    organization_id: DENTAL,
    agent_id: idOf(bytes),
    started_at: started,
    duration_seconds: BigInt(bytes.readUInt16BE(0)),
    recorded_at: started,
    dt: "2026-04-10",
  }));
  return { ...LAKE, agents, call_usage };
}

async function askOver(stack: TestStack, headers: Record<string, string>): Promise<Answer> {
  return stack.ask({ query: `${APRIL}&organization_ids=${DENTAL}`, claim: [NORTH], headers });
}

describe("an answer of 150,000 agents", () => {
  let stack: TestStack;
  beforeAll(async () => {
    stack = await stackOver(manyAgents(150_000));
  });
  afterAll(() => stack[Symbol.asyncDispose]());

  test("is complete with gzip, as JSON", async () => {
    const { status, text } = await askOver(stack, { "accept-encoding": "gzip" });
    expect(status).toBe(200);
    const [organization] = JSON.parse(text).data;
    expect([organization.agent_count, organization.agents.length]).toEqual([150_000, 150_000]);
  });

  test("is a 413 without gzip, which says to accept it", async () => {
    const { status, text } = await askOver(stack, { "accept-encoding": "identity" });
    expect(status).toBe(413);
    expect(JSON.parse(text)).toMatchObject({ type: "/problems/result_too_large" });
    expect(JSON.parse(text).detail).toContain("gzip");
  });
});

test("an answer that does not fit even with gzip is a 413, which says how to split it and by which resellers", async () => {
  await using stack = await stackOver(manyAgents(60_000, 100));
  const { status, text } = await askOver(stack, { "accept-encoding": "gzip" });
  expect(status).toBe(413);
  expect(JSON.parse(text)).toMatchObject({
    detail: expect.stringContaining("Split it with reseller_ids or organization_ids."),
    resellers: [{ reseller_id: NORTH, reseller_name: "Northwind Voice" }],
  });
});
