import * as fc from "fast-check";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import type { AnswerKey } from "../../lib/reuse/answer-key.ts";
import { toStored } from "../../lib/reuse/stored-answer.ts";
import type { CallRecord } from "../../local/lake/records.ts";
import { call, LAKE, NORTH, SOUTH } from "./fixture.ts";
import { type Directory, type Request, type ReuseWorld, type Rule, startReuseWorld } from "./reuse-world.ts";
import { startGround } from "./rollup-world.ts";

let ground: Awaited<ReturnType<typeof startGround>>;
beforeAll(async () => {
  ground = await startGround();
});
afterAll(() => ground[Symbol.asyncDispose]());

const DAY = "2026-04-10";
const OTHER_DAY = "2026-04-11";
const CALLS = [call("1"), call("2", { started_at: new Date(`${OTHER_DAY}T09:00:00Z`) })];
const { call_usage: _calls, ...NAMES } = LAKE;
const RENAMED: Directory = {
  ...NAMES,
  resellers: NAMES.resellers.map((reseller) => ({ ...reseller, name: `${reseller.name} Ltd` })),
};
const ASK: Request = {
  query: `start_date=${DAY}&end_date=${OTHER_DAY}`,
  claims: { reseller_ids: [NORTH] },
};
let minutes = 0;
/** Rolls up a minute after the run before, or a day. */
const rollUp = (world: ReuseWorld, fault?: Parameters<ReuseWorld["rollup"]["rollUp"]>[2], later = 1) => {
  minutes += later;
  return world.rollup.rollUp(
    new Date(Date.parse("2026-05-20T00:00:00Z") + minutes * 60_000).toISOString(),
    {},
    fault,
  );
};
const extra = (id: string, seconds: bigint, day = DAY): CallRecord[] => [
  call(id, { started_at: new Date(`${day}T10:00:00Z`), duration_seconds: seconds }),
];
/** The call of a run that merges: create the table, read the state, read the marks, write the state, merge. */
const MERGE = 4;
/** Then: read the state, read the marks, write the state. */
const LAST_WRITE = 7;

/** Asks, and says whether the answer is the query path's. */
async function isCurrent(world: ReuseWorld, request: Request = ASK): Promise<boolean> {
  const { reused, expected } = await world.ask(request);
  return reused.status === 200 && reused.body === expected.body;
}

/** What each rule prevents. Each returns whether every answer was right. */
const SCENARIOS: readonly (readonly [Rule | readonly Rule[], (world: ReuseWorld) => Promise<boolean>])[] = [
  [
    "days in flux are published before the merge",
    async (world) => {
      await world.ask(ASK);
      await world.rollup.deliver(extra("8", 30n));
      await rollUp(world, { at: MERGE, kind: "after" });
      return isCurrent(world);
    },
  ],
  [
    "a state is published only over the one that was read before the marks",
    async (world) => {
      const request = { ...ASK, query: `start_date=${OTHER_DAY}&end_date=${OTHER_DAY}` };
      await world.ask(request);
      await world.rollup.deliver(extra("8", 30n));
      const happens = async () => {
        await world.rollup.deliver(extra("9", 40n, OTHER_DAY));
        await rollUp(world);
      };
      // The run that was overtaken publishes marks that it had read before the other one merged.
      await rollUp(world, { at: LAST_WRITE, kind: "meanwhile", happens });
      return isCurrent(world, request);
    },
  ],
  [
    "each merge makes a mark of its own",
    async (world) => {
      await world.ask(ASK);
      const file = (await world.rollup.deliver(extra("8", 30n))) ?? "";
      await rollUp(world);
      await world.rollup.removeFile(file);
      // A file is there while the merge reads, and in no listing: the mark is that of the first merge.
      let landed = "";
      const happens = async () => {
        landed = (await world.rollup.deliver(extra("9", 40n))) ?? "";
      };
      await rollUp(world, { at: MERGE, kind: "meanwhile", happens });
      await world.rollup.removeFile(landed);
      return isCurrent(world);
    },
  ],
  [
    "the names are listed again after the query",
    async (world) => {
      await world.ask({ ...ASK, beforeReading: () => world.replaceNames(RENAMED) });
      await world.replaceNames(NAMES);
      world.wait(100);
      return isCurrent(world);
    },
  ],
  [
    "the times of the names' changes are compared",
    async (world) => {
      const beforeReading = () => world.replaceNames(RENAMED);
      await world.ask({ ...ASK, beforeReading, afterReading: () => world.replaceNames(NAMES) });
      world.wait(100);
      return isCurrent(world);
    },
  ],
  [
    "names that have just changed are not settled",
    async (world) => {
      await world.replaceNames(NAMES);
      const beforeReading = () => world.replaceNames(RENAMED);
      await world.ask({ ...ASK, beforeReading, afterReading: () => world.replaceNames(NAMES) });
      world.wait(100);
      return isCurrent(world);
    },
  ],
  [
    "executions are shared only for the same names",
    async (world) => {
      await world.ask({ ...ASK, beforeReading: () => world.replaceNames(RENAMED) });
      world.wait(10);
      await world.replaceNames(NAMES);
      world.wait(10);
      return isCurrent(world);
    },
  ],
  [
    "executions are shared only for the same published marks",
    async (world) => {
      await world.ask(ASK);
      await world.rollup.deliver(extra("8", 30n));
      await rollUp(world);
      return isCurrent(world);
    },
  ],
  [
    ["the key is made of the result's own marks", "executions are shared only for the same published marks"],
    async (world) => {
      await world.ask(ASK);
      await world.rollup.deliver(extra("8", 30n));
      await rollUp(world);
      await world.ask(ASK);
      world.wait(100);
      return isCurrent(world);
    },
  ],
  [
    ["the key has the days' marks", "the key is made of the result's own marks"],
    async (world) => {
      await world.ask(ASK);
      await world.rollup.deliver(extra("8", 30n));
      await rollUp(world);
      world.wait(100);
      return isCurrent(world);
    },
  ],
  [
    "the key has the names' version",
    async (world) => {
      await world.ask(ASK);
      await world.replaceNames(RENAMED);
      world.wait(100);
      return isCurrent(world);
    },
  ],
  [
    "the key has the query's parameters",
    async (world) => {
      await world.ask(ASK);
      return isCurrent(world, { ...ASK, claims: { reseller_ids: [SOUTH] } });
    },
  ],
  [
    "the key has the report",
    async (world) => {
      await world.ask(ASK);
      return isCurrent(world, { ...ASK, path: "/v1/reports/minutes-by-day" });
    },
  ],
  [
    "the key has the format",
    async (world) => {
      await world.ask(ASK);
      return isCurrent(world, { ...ASK, headers: { accept: "text/csv" } });
    },
  ],
  [
    "the key has the code",
    async (world) => {
      await world.ask(ASK);
      return isCurrent(world, { ...ASK, code: "2" });
    },
  ],
  [
    "a stored answer must match its hash",
    async (world) => {
      await world.ask(ASK);
      for (const [key, { metadata, bytes }] of world.objects)
        world.objects.set(key, { metadata, bytes: bytes.subarray(0, -1) });
      return isCurrent(world);
    },
  ],
  [
    "a stored answer must have its key",
    async (world) => {
      await world.ask(ASK);
      const other = { ...ASK, claims: { reseller_ids: [SOUTH] } };
      await world.ask(other);
      const [mine, theirs] = [...world.objects];
      if (mine !== undefined && theirs !== undefined) world.objects.set(theirs[0], mine[1]);
      return isCurrent(world, other);
    },
  ],
];

async function inWorld<T>(without: readonly Rule[], use: (world: ReuseWorld) => Promise<T>): Promise<T> {
  const world = await startReuseWorld(ground, { ...NAMES, call_usage: CALLS }, without);
  try {
    await rollUp(world);
    return await use(world);
  } finally {
    await world.end();
  }
}

describe("a reused answer is the query's", () => {
  test.each(SCENARIOS)("because %s; without the rule it is not", async (rules, scenario) => {
    expect(await inWorld([], scenario)).toBe(true);
    expect(await inWorld([rules].flat(), scenario)).toBe(false);
  });
});

/** What callers keep: for each request and tag the body that came with it. */
type Kept = Map<string, { readonly etag: string; readonly body: string }>;

interface Seen {
  readonly kept: Kept;
  readonly counts: { notModified: number };
}

type Step = fc.AsyncCommand<Seen, ReuseWorld>;

const step = (name: string, run: (seen: Seen, world: ReuseWorld) => Promise<unknown>): Step => ({
  check: () => true,
  run: async (seen, world) => void (await run(seen, world)),
  toString: () => name,
});

const periods = [
  [DAY, DAY],
  [OTHER_DAY, OTHER_DAY],
  [DAY, OTHER_DAY],
  [DAY, "2026-04-12"],
];

const request: fc.Arbitrary<Request> = fc
  .record({
    period: fc.constantFrom(...periods),
    resellers: fc.constantFrom([NORTH], [SOUTH], [NORTH, SOUTH]),
    accept: fc.constantFrom("application/json", "text/csv"),
    code: fc.constantFrom("1" as const, "1" as const, "2" as const),
  })
  .map(({ period: [start, end], resellers, accept, code }) => ({
    query: `start_date=${start}&end_date=${end}`,
    claims: { reseller_ids: resellers },
    headers: { accept },
    code,
  }));

/** Asks as a caller does that sends the tag of what it has, and compares what it then has with the query path. */
async function askAndKeep(asked: Request, { kept, counts }: Seen, world: ReuseWorld): Promise<void> {
  const name = JSON.stringify(asked);
  const own = kept.get(name);
  const headers = { ...asked.headers, ...(own && { "if-none-match": own.etag }) };
  const { reused, expected } = await world.ask({ ...asked, headers });
  const body = reused.status === 304 ? own?.body : reused.body;
  expect(body).toBe(expected.body);
  if (reused.status === 304) counts.notModified += 1;
  if (reused.etag !== undefined) kept.set(name, { etag: reused.etag, body: body ?? "" });
}

const fault = fc.option(
  fc.record({
    at: fc.nat(9),
    kind: fc.constantFrom("before" as const, "after" as const, "refused" as const),
  }),
  { nil: undefined },
);
const delivered = fc
  .tuple(fc.constantFrom("7", "8", "9"), fc.bigInt(1n, 99n), fc.constantFrom(DAY, OTHER_DAY))
  .map(([id, seconds, day]) => extra(id, seconds, day));

const steps: fc.Arbitrary<Step>[] = [
  request.map((asked) =>
    step(`ask twice ${JSON.stringify(asked)}`, async (seen, world) => {
      await askAndKeep(asked, seen, world);
      await askAndKeep(asked, seen, world);
    }),
  ),
  delivered.map((records) => step("deliver", (_, world) => world.rollup.deliver(records))),
  fc
    .tuple(fault, fc.constantFrom(1, 30))
    .map(([befalls, later]) =>
      step(`roll up, ${befalls?.kind} ${befalls?.at}`, (_, world) => rollUp(world, befalls, later)),
    ),
  fc.constant(step("two runs at once", (_, world) => Promise.all([rollUp(world), rollUp(world)]))),
  fc
    .boolean()
    .map((back) =>
      step(back ? "restore the names" : "rename", (_, world) => world.replaceNames(back ? NAMES : RENAMED)),
    ),
  fc
    .constantFrom(1, 5, 100)
    .map((seconds) => step(`wait ${seconds} s`, async (_, world) => world.wait(seconds))),
  request.map((asked) =>
    step("ask while the names change and change back", (_, world) =>
      world.ask({
        ...asked,
        beforeReading: () => world.replaceNames(RENAMED),
        afterReading: () => world.replaceNames(NAMES),
      }),
    ),
  ),
  fc.tuple(request, delivered).map(([asked, records]) =>
    step("ask while a day is rolled up", (_, world) =>
      world.ask({
        ...asked,
        beforeReading: async () => {
          await world.rollup.deliver(records);
          await rollUp(world);
        },
      }),
    ),
  ),
  fc.nat(99).map((at) =>
    step("damage a stored answer", async (_, { objects }) => {
      for (const [key, { metadata, bytes }] of [...objects].slice(0, 2))
        objects.set(key, { metadata, bytes: bytes.map((byte, index) => (index === at ? byte ^ 1 : byte)) });
    }),
  ),
];

const RUNS = inject("trino") === undefined ? 4 : 3;

test("whatever is delivered, renamed, rolled up, cut off or damaged between requests", {
  timeout: 600_000,
}, async () => {
  const counts = { notModified: 0 };
  const commands = fc.commands([...steps, ...steps.slice(0, 1), ...steps.slice(0, 1)], {
    maxCommands: 20,
    size: "max",
  });
  await fc.assert(
    fc.asyncProperty(commands, async (some) => {
      await inWorld([], async (world) => {
        world.wait(100);
        await fc.asyncModelRun(() => ({ model: { kept: new Map(), counts }, real: world }), some);
      });
    }),
    { numRuns: RUNS, seed: 3 },
  );
  // Not all of it was the query path compared with itself.
  expect(counts.notModified).toBeGreaterThan(0);
});

test("only the marks of a result make a key under which an answer is stored", () => {
  const published: AnswerKey = { hash: "0".repeat(64) };
  // @ts-expect-error a key made of what is published cannot be stored
  expect(toStored(published, { encoding: "identity", bytes: Buffer.of() }).metadata["key"]).toBe(
    published.hash,
  );
});
