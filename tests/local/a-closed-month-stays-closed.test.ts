import { describe, expect, test } from "vitest";
import type { Lake } from "../../local/lake/records.ts";
import type { WriteLakeOptions } from "../../local/lake/write.ts";
import { APRIL, BAKERY, call, LAKE, NORTH, SOUTH } from "./fixture.ts";
import { stackOver } from "./test-stack.ts";

async function april(lake: Lake, layout: WriteLakeOptions = {}): Promise<string> {
  await using stack = await stackOver(lake, layout);
  return (await stack.ask({ query: APRIL, claim: [NORTH, SOUTH] })).text;
}

function withCalls(...calls: Lake["call_usage"]): Lake {
  return { ...LAKE, call_usage: [...LAKE.call_usage, ...calls] };
}

describe("a closed month stays closed", () => {
  test("delivering its records again, in another order and in other files, changes not a byte", async () => {
    const again = withCalls(...LAKE.call_usage.toReversed());
    expect(await april(again, { filesPerDay: 3 })).toBe(await april(LAKE));
  });

  test("calls of the months beside it change not a byte", async () => {
    const march = call("31", { started_at: new Date("2026-03-31T23:59:59.999Z") });
    const may = call("51", { started_at: new Date("2026-05-01T00:00:00.000Z") });
    expect(await april(withCalls(march, may))).toBe(await april(LAKE));
  });

  test("a record that is older than the one that counts changes not a byte, however late it arrives", async () => {
    const [counted] = LAKE.call_usage;
    if (counted === undefined) throw new TypeError("the lake has calls");
    const stale = {
      ...counted,
      duration_seconds: 9_999n,
      recorded_at: new Date(counted.recorded_at.getTime() - 1),
    };
    expect(await april(withCalls(stale))).toBe(await april(LAKE));
  });

  test("what does change it is a later record of one of its calls, by exactly the difference", async () => {
    const corrected = call("7", {
      reseller_id: SOUTH,
      organization_id: BAKERY,
      agent_id: null,
      duration_seconds: 105n,
      recorded_at: new Date("2026-05-20T00:00:00Z"),
    });
    const [before, after] = await Promise.all([april(LAKE), april(withCalls(corrected))]);
    expect(after).toBe(before.replaceAll("0.75", "1.75"));
    expect(after).not.toBe(before);
  });
});
