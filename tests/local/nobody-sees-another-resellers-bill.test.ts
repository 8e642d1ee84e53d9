import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { BILLED_LAKE, FIRST_RUN, SECOND_RUN, WEST } from "./billed-lake.ts";
import { MALFORMED_CLAIMS, NO_RESELLERS_CLAIMS, WELL_FORMED_CLAIMS } from "./claims.ts";
import { id, NORTH, SOUTH } from "./fixture.ts";
import { snapshotObjects } from "./snapshot-objects.ts";
import { type Answer, type AskOptions, stackOver, type TestStack } from "./test-stack.ts";

const LIST = "/v1/billing/snapshots";
const APRIL = `${LIST}/2026-04`;
const EMPTY =
  '{"data":[],"period":{"start_date":"2026-04-01","end_date":"2026-04-30"},' +
  `"revision":2,"as_of":"${SECOND_RUN}","adjustments":[],"totals":{"usage_lines":0,"usage_seconds":0,` +
  '"usage_minutes":0,"adjustment_lines":0,"adjustment_seconds":0,"adjustment_minutes":0}}';

let stack: TestStack;
beforeAll(async () => {
  stack = await stackOver(BILLED_LAKE);
  for (const scheduled_time of [FIRST_RUN, SECOND_RUN]) await stack.snapshot({ scheduled_time });
});
afterAll(() => stack[Symbol.asyncDispose]());

function ask(path: string, request: AskOptions): Promise<Answer> {
  return stack.ask({ path, ...request });
}

/** The resellers of an answer's lines and adjustments. */
function ownersIn({ status, text }: Answer): Set<string> {
  expect(status).toBe(200);
  const { data, adjustments }: { data: Owned[]; adjustments: Owned[] } = JSON.parse(text);
  return new Set([...data, ...adjustments].map((each) => each.reseller_id));
}

interface Owned {
  readonly reseller_id: string;
}

describe("nobody sees another reseller's bill", () => {
  test.each([
    ["North", NORTH, SOUTH],
    ["South", SOUTH, NORTH],
  ])("%s sees its own lines and adjustments and nothing of the other's", async (_, own, other) => {
    for (const accept of ["application/json", "text/csv"]) {
      const { text } = await ask(APRIL, { claim: [own], headers: { accept } });
      expect(text).toContain(own);
      expect(text).not.toContain(other);
    }
    expect(ownersIn(await ask(APRIL, { claim: [own] }))).toEqual(new Set([own]));
    const adjustments = await ask(`${APRIL}/adjustments`, { claim: [own] });
    expect(adjustments.text).toContain(own);
    expect(adjustments.text).not.toContain(other);
  });

  test("a reseller without usage, an unknown one and none at all see the same empty month", async () => {
    for (const claim of [[WEST], [id("ff")], [], undefined]) {
      const { status, text } = await ask(APRIL, { claim });
      expect([status, text]).toEqual([200, EMPTY]);
    }
    const csv = await ask(APRIL, { claim: [WEST], headers: { accept: "text/csv" } });
    expect(csv.text.split("\r\n")).toHaveLength(2);
  });

  test("an unknown reseller beside one's own adds nothing", async () => {
    const [alone, beside] = await Promise.all(
      [[NORTH], [NORTH, id("ff")]].map((claim) => ask(APRIL, { claim })),
    );
    expect(beside?.text).toBe(alone?.text);
  });

  test.each(MALFORMED_CLAIMS)("a claim that is %s gives 403 and no figures", async (_, claim) => {
    for (const path of [LIST, APRIL]) {
      const { status, text, headers } = await ask(path, { claim });
      expect(status).toBe(403);
      expect(JSON.parse(text)).toMatchObject({ type: "/problems/malformed_claim", status: 403 });
      expect(text).not.toContain(NORTH);
      expect(headers.get("etag")).toBeNull();
    }
  });

  test("a claim of more than 1,000 resellers gives 403, never a part of them", async () => {
    const many = Array.from({ length: 1_001 }, (_, index) => id(index.toString(16)));
    const token = (await stack.token({ reseller_ids: many })).length;
    // The gateway refuses a token of that size before the function sees it. Both fail closed.
    expect(token).toBeGreaterThan(10_240);
    expect((await ask(APRIL, { claim: many })).status).toBe(431);
  });

  test.each(NO_RESELLERS_CLAIMS)(
    "a claim that is %s gives empty data, and no statement is read",
    async (_, claim) => {
      const list = await ask(LIST, { claim });
      expect([list.status, list.text]).toEqual([200, '{"data":[]}']);
      stack.faults.set([]);
      expect((await ask(APRIL, { claim })).text).toBe(EMPTY);
      expect(stack.faults.calls()["GetObject"]).toBe(1);
    },
  );

  test.each(WELL_FORMED_CLAIMS)("a claim that is %s is read completely", async (_, claim) => {
    const owners = JSON.stringify(claim).includes(SOUTH) ? [NORTH, SOUTH] : [NORTH];
    expect(ownersIn(await ask(APRIL, { claim }))).toEqual(new Set(owners));
  });
});

describe("internal data", () => {
  test("is in no answer: neither quality nor keys nor hashes", async () => {
    const objects = snapshotObjects(stack.s3);
    const manifests = await Promise.all([1, 2].map((revision) => objects.manifest("2026-04", revision)));
    const hashes = manifests
      .flatMap(({ resellers, supersedes }) => [
        ...resellers.flatMap((entry) => [entry.sha256, entry.figures_sha256]),
        ...(supersedes === null ? [] : [supersedes.sha256]),
      ])
      .map((hash) => hash.slice(0, 16));
    const members = ["quality", "copies", "corrections", "supersedes", "sha256", "schema_version"];
    const secrets = [...hashes, ...members, "manifest", "period=", "resellers/", "bytes"];

    const claim = [NORTH, SOUTH];
    const answers = await Promise.all([
      ask(LIST, { claim }),
      ask(APRIL, { claim }),
      ask(APRIL, { claim, query: "?revision=1" }),
      ask(`${APRIL}/adjustments`, { claim }),
      ask(`${APRIL}/adjustments`, { claim, query: "?manifest=1" }),
      ask(APRIL, { claim, query: "?revision=3" }),
      ask(APRIL, { claim, query: "?manifest=1" }),
      ask(APRIL, { claim, headers: { accept: "text/csv" } }),
      ask(APRIL, { claim, headers: { accept: "image/png" } }),
      ask(APRIL, { claim: "*" }),
      ask(`${LIST}/2026-05`, { claim }),
      ask(`${LIST}/manifest.json`, { claim }),
    ]);
    expect(hashes.length).toBeGreaterThan(4);
    for (const { text, headers } of answers) {
      const told = `${text.replace("?manifest", "").replace('"parameter":"manifest"', "")}${headers.get("etag")}`;
      expect(secrets.filter((secret) => told.includes(secret))).toEqual([]);
    }
  });

  test("a caller of one reseller cannot find out how many others there are", async () => {
    const [manifest, { text }] = await Promise.all([
      snapshotObjects(stack.s3).manifest("2026-04", 2),
      ask(APRIL, { claim: [NORTH] }),
    ]);
    expect(manifest.totals).toMatchObject({ resellers: 2, organizations: 5 });
    expect(text).not.toContain(String(manifest.totals.seconds));
    const members = ["data", "period", "revision", "as_of", "adjustments", "totals"];
    expect(Object.keys(JSON.parse(text))).toEqual(members);
  });
});
