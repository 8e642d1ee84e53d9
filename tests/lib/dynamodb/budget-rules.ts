import { expect, test } from "vitest";
import { budgetOf, counted, START, tokenOf } from "./budget-world.ts";

interface DynamoDb {
  readonly url: string;
  readonly table: string;
}

let partners = 0;
/** A partner that no other test has. */
const newPartner = () => `partner-${process.pid}-${++partners}`;

/** What holds for budgets in any DynamoDB. */
export function describeBudgets(dynamodb: () => DynamoDb): void {
  const budget = (clock: { now: number }, limits = {}) =>
    budgetOf(dynamodb().url, dynamodb().table, clock, limits);

  test("grants a third of the minute's executions in ten seconds, and the rest in its later slices", async () => {
    const partner = newPartner();
    const clock = { now: START };
    const take = budget(clock);
    let token = 0;
    for (const expected of [20, 20, 20, 0, 0, 0]) {
      const admissions = [];
      for (let each = 0; each < 25; each++) admissions.push(await take(partner, tokenOf(token++)));
      expect(counted(admissions).granted ?? 0).toBe(expected);
      expect(counted(admissions).refused).toBe(25 - expected);
      clock.now += 10_000;
    }
    expect(await take(partner, tokenOf(token))).toEqual({ kind: "granted" });
  });

  test("says until when a refused execution has to wait", async () => {
    const partner = newPartner();
    const clock = { now: START + 2_500 };
    const take = budget(clock, { perMinute: 3 });
    expect(await take(partner, tokenOf(1))).toEqual({ kind: "granted" });
    expect(await take(partner, tokenOf(2))).toEqual({ kind: "refused", retryAfterSeconds: 8 });
  });

  test("grants the same token again, however full the window is: a replay starts nothing", async () => {
    const partner = newPartner();
    const clock = { now: START };
    const take = budget(clock, { perMinute: 2 });
    expect(await take(partner, tokenOf(1))).toEqual({ kind: "granted" });
    clock.now += 30_000;
    expect(await take(partner, tokenOf(2))).toEqual({ kind: "granted" });
    expect(await take(partner, tokenOf(3))).toMatchObject({ kind: "refused" });
    for (const now of [START, START + 35_000, START + 59_999]) {
      clock.now = now;
      expect(await take(partner, tokenOf(1))).toEqual({ kind: "granted" });
    }
  });

  test("counts a hundred identical requests of several instances once", async () => {
    const partner = newPartner();
    const clock = { now: START };
    const instances = [budget(clock), budget(clock), budget(clock), budget(clock)];
    const takes = Array.from({ length: 100 }, (_, at) => instances[at % 4] ?? budget(clock));
    const admissions = await Promise.all(takes.map((take) => take(partner, tokenOf(1))));
    expect(counted(admissions)).toEqual({ granted: 100 });
    const others = [];
    for (let each = 2; each <= 22; each++) others.push(await instances[0]?.(partner, tokenOf(each)));
    expect(others.filter((each) => each?.kind === "granted")).toHaveLength(19);
  });

  test("never grants more than the limit to requests that come at once", async () => {
    const partner = newPartner();
    const clock = { now: START };
    const instances = [budget(clock), budget(clock), budget(clock)];
    const all = Array.from({ length: 60 }, (_, at) =>
      (instances[at % 3] ?? budget(clock))(partner, tokenOf(at)),
    );
    expect(counted(await Promise.all(all))).toEqual({ granted: 20, refused: 40 });
  });

  test("gives each partner a budget of its own", async () => {
    const clock = { now: START };
    const take = budget(clock, { perMinute: 1 });
    const [one, other] = [newPartner(), newPartner()];
    expect(await take(one, tokenOf(1))).toEqual({ kind: "granted" });
    expect(await take(one, tokenOf(2))).toMatchObject({ kind: "refused" });
    expect(await take(other, tokenOf(2))).toEqual({ kind: "granted" });
  });
}
