/** Stored revisions that somebody forged: each hash is right, and what it covers is wrong. */
import { beforeEach, describe, expect, test } from "vitest";
import { billingSnapshotsApi } from "../../../functions/billing-snapshots-api/handler.ts";
import {
  type Manifest,
  type ManifestEntry,
  manifestBytes,
  manifestKey,
  parseManifest,
  statementKey,
} from "../../../lib/billing/manifest.ts";
import { periodOf } from "../../../lib/billing/month.ts";
import {
  adjustmentsBetween,
  figuresHash,
  parseStatement,
  type Statement,
  sha256,
  statementBytes,
} from "../../../lib/billing/statement.ts";
import { type BillsWorld, billsWorld } from "../../lib/billing/bills-world.ts";
import { usageOf } from "../../lib/billing/usages.ts";
import { month } from "../../lib/billing/valid.ts";
import { gatewayEvent, invocation } from "../../lib/http/events.ts";
import { day, secondsOf, uuid } from "../../lib/valid.ts";

const APRIL = month("2026-04");
const [A, B, GONE] = [uuid("a1"), uuid("a2"), uuid("a3")];
const ORGANIZATION = uuid("0a");
const MONTH = "/v1/billing/snapshots/2026-04";
const ROWS = `${MONTH}/adjustments`;
const BILL = "/v1/billing/bills/2";
const PATHS = [
  MONTH,
  ROWS,
  BILL,
  `${MONTH}?organization_ids=${uuid("0e")}`,
  `${ROWS}?organization_ids=${uuid("0e")}`,
];

let world: BillsWorld;
beforeEach(async () => {
  world = billsWorld(APRIL);
  await world.revise(APRIL, { a1: 600, a2: 60, a3: 30 });
  await world.run("months", {});
  // The second revision corrects A, and has no usage of GONE any more.
  await world.revise(APRIL, { a1: 540, a2: 60 });
});

async function ask(path: string, claim: readonly string[]): Promise<{ status: number; text: string }> {
  const handler = billingSnapshotsApi({
    store: world.store,
    resellerClaim: "reseller_ids",
    graceDays: 3,
    earliestDate: day("2020-01-01"),
    now: () => Date.parse("2026-06-01T00:00:00Z"),
    write: () => undefined,
  });
  const [rawPath = "", query = ""] = path.split("?");
  const [, kind = "", segment] = /\/v1\/billing\/(snapshots|bills)\/([^/]+)/.exec(rawPath) ?? [];
  const event = {
    ...gatewayEvent({ query, claims: { reseller_ids: claim } }),
    rawPath,
    ...(segment !== undefined && {
      pathParameters: { [kind === "bills" ? "number" : "period"]: segment },
    }),
  };
  const { statusCode, body } = await Reflect.apply(handler, undefined, [event, invocation()]);
  return { status: statusCode, text: body };
}

/** The status of each path. */
function statuses(claim: readonly string[], paths = PATHS): Promise<number[]> {
  return Promise.all(paths.map(async (path) => (await ask(path, claim)).status));
}

function manifestOf(revision: number): Manifest {
  return parseManifest(world.objects.get(manifestKey(APRIL, revision)) ?? Buffer.of());
}

function statementOf({ key }: ManifestEntry): Statement {
  return parseStatement(world.objects.get(key) ?? Buffer.of());
}

function entryOf(reseller: string, of = manifestOf(2)): ManifestEntry {
  const entry = of.resellers.find(({ reseller_id }) => reseller_id === reseller);
  if (entry === undefined) throw new Error("there is no such entry");
  return entry;
}

/** Puts another manifest in the place of revision 2, with totals that match its entries. Then bills it. */
async function forge(
  entries: readonly ManifestEntry[],
  totals: Partial<Manifest["totals"]> = {},
): Promise<void> {
  const manifest = manifestOf(2);
  const seconds = entries.reduce((sum, entry) => sum + entry.seconds, 0);
  const resellers = entries.filter(({ has_usage }) => has_usage !== false).length;
  const forged = {
    ...manifest,
    totals: { ...manifest.totals, seconds, resellers, ...totals },
    resellers: [...entries],
  };
  world.objects.set(manifestKey(APRIL, 2), manifestBytes(forged));
  await world.run("adjustments", {});
}

/** The entry with another statement under it, whose hash is right. */
function pointingAt(entry: ManifestEntry, bytes: Buffer, more: Partial<ManifestEntry> = {}): ManifestEntry {
  const hash = sha256(bytes);
  const key = statementKey(APRIL, 2, entry.reseller_id, hash);
  world.objects.set(key, bytes);
  return { ...entry, key, sha256: hash, bytes: bytes.byteLength, ...more };
}

/** Revision 2 with the statement of A replaced; its entry says what the statement says, unless `more` says otherwise. */
async function forgeStatement(statement: Statement, more: Partial<ManifestEntry> = {}): Promise<void> {
  const { organizations, adjustments } = statement;
  const seconds = organizations.reduce((sum, each) => sum + each.seconds, 0);
  const said = {
    seconds,
    figures_sha256: figuresHash(organizations),
    adjusted_seconds: adjustments.reduce((sum, { before, after }) => sum + after - before, 0),
    has_usage: organizations.length > 0,
    usage_lines: organizations.flatMap(({ agents }) => agents).length,
    adjustment_lines: adjustments.length,
  };
  const forged = pointingAt(entryOf(A), statementBytes(statement, periodOf(APRIL)), { ...said, ...more });
  await forge(manifestOf(2).resellers.map((entry) => (entry.reseller_id === A ? forged : entry)));
}

const REFUSED = PATHS.map(() => 503);
const ANSWERED = PATHS.map(() => 200);

describe("without a forgery", () => {
  test("everything is answered, also a reseller with adjustments alone", async () => {
    await world.run("adjustments", {});
    for (const claim of [[A], [B], [GONE], [A, B, GONE]]) expect(await statuses(claim)).toEqual(ANSWERED);
    const { text } = await ask(ROWS, [GONE]);
    expect(JSON.parse(text)).toMatchObject({
      data: [{ reseller_id: GONE, agent_name: uuid("0b"), seconds_before: 30, seconds_after: 0 }],
      totals: { adjustment_lines: 1, adjustment_seconds: -30, adjustment_minutes: -0.5 },
    });
    expect(JSON.parse((await ask(MONTH, [GONE])).text)).toMatchObject({
      data: [],
      totals: { usage_lines: 0, usage_seconds: 0, adjustment_lines: 1, adjustment_seconds: -30 },
    });
  });

  test("a statement that is rewritten with the same content is answered: the forgeries fail by what they change", async () => {
    await forgeStatement(statementOf(entryOf(A)));
    expect(await statuses([A])).toEqual(ANSWERED);
  });
});

describe("a forged entry is a 503 for its reseller, with every filter, and the others get theirs", () => {
  const own = () => statementOf(entryOf(A));

  test.each<[string, () => Promise<void>]>([
    [
      "that points at another reseller's statement",
      async () => {
        const other = entryOf(B);
        const bytes = Buffer.from(world.objects.get(other.key) ?? Buffer.of());
        const forged = pointingAt({ ...other, reseller_id: A }, bytes);
        await forge(manifestOf(2).resellers.map((entry) => (entry.reseller_id === A ? forged : entry)));
      },
    ],
    [
      "that points at the reseller's statement of another month",
      async () => {
        const bytes = statementBytes(own(), periodOf(month("2026-03")));
        const forged = pointingAt(entryOf(A), bytes);
        await forge(manifestOf(2).resellers.map((entry) => (entry.reseller_id === A ? forged : entry)));
      },
    ],
    [
      "whose adjustments are another reseller's",
      () =>
        forgeStatement({
          ...own(),
          adjustments: own().adjustments.map((each) => ({ ...each, resellerId: B })),
        }),
    ],
    [
      "with one organization of another reseller",
      () =>
        forgeStatement({ ...own(), organizations: [...own().organizations, usageOf(B, "0c", { "0d": 1 })] }),
    ],
    ["with other seconds", () => forgeStatement(own(), { seconds: 541 })],
    ["with other figures", () => forgeStatement(own(), { figures_sha256: sha256(Buffer.of()) })],
    ["with another sum of adjustments", () => forgeStatement(own(), { adjusted_seconds: -61 })],
    ["with more lines of usage", () => forgeStatement(own(), { usage_lines: 2 })],
    ["with fewer adjustments", () => forgeStatement(own(), { adjustment_lines: 0 })],
    ["that says it has adjustments alone", () => forgeStatement(own(), { has_usage: false })],
    [
      "that says it has usage where it has none",
      () => forgeStatement({ ...own(), organizations: [] }, { has_usage: true }),
    ],
    [
      "whose adjustment does not lead to its line",
      () =>
        forgeStatement({
          ...own(),
          adjustments: own().adjustments.map((each) => ({ ...each, after: secondsOf(539) })),
        }),
    ],
    [
      "whose adjustment of a line that is gone leads to usage",
      () =>
        forgeStatement({
          ...own(),
          adjustments: adjustmentsBetween(A, [], [usageOf(A, "0c", { "0d": 7 })]),
        }),
    ],
    [
      "with an adjustment twice",
      () => forgeStatement({ ...own(), adjustments: [...own().adjustments, ...own().adjustments] }),
    ],
    [
      "with a line twice",
      () => forgeStatement({ ...own(), organizations: [...own().organizations, ...own().organizations] }),
    ],
    [
      "whose organization is not the sum of its agents",
      () =>
        forgeStatement({
          ...own(),
          organizations: own().organizations.map((each) => ({ ...each, seconds: secondsOf(541) })),
        }),
    ],
  ])("%s", async (_, forgery) => {
    await forgery();
    expect(await statuses([A])).toEqual(REFUSED);
    expect(await statuses([A, B])).toEqual(REFUSED);
    expect(await statuses([A, B], [`${MONTH}?reseller_ids=${B}`, `${ROWS}?reseller_ids=${B}`])).toEqual([
      200, 200,
    ]);
    expect(await statuses([B])).toEqual(ANSWERED);
    for (const path of PATHS) {
      const { text } = await ask(path, [A]);
      expect(text).toContain("/problems/snapshot_damaged");
      for (const id of [A, B, ORGANIZATION]) expect(text).not.toContain(id);
    }
    expect((await ask("/v1/billing/snapshots", [A])).status).toBe(200);
    expect((await ask("/v1/billing/bills", [A])).status).toBe(200);
    expect((await ask("/v1/billing/bills/1", [A])).status).toBe(200);
  });
});

describe("a forged manifest is a 503 for everybody, and no other month or bill is hidden", () => {
  test.each<[string, () => Promise<void>]>([
    ["with totals of 5 resellers and an empty list", () => forge([], { resellers: 5 })],
    ["with totals of seconds and an empty list", () => forge([], { seconds: 600 })],
    ["with totals of fewer seconds than its entries", () => forge(manifestOf(2).resellers, { seconds: 599 })],
    [
      "with totals of more resellers than its entries",
      () => forge(manifestOf(2).resellers, { resellers: 3 }),
    ],
    ["with a reseller twice", () => forge(manifestOf(2).resellers.flatMap((entry) => [entry, entry]))],
    [
      "with an entry whose key is another reseller's",
      () => forge(manifestOf(2).resellers.map((entry) => ({ ...entry, key: entryOf(B).key }))),
    ],
    ["with its resellers out of order", () => forge(manifestOf(2).resellers.toReversed())],
    [
      "of version 1 with totals of 5 resellers and an empty list",
      async () => {
        const {
          schema_version: _,
          allowed_findings: __,
          ...rest
        } = JSON.parse(String(manifestBytes(manifestOf(2))));
        for (const name of ["allowed_shrunk_days", "listing_sha256", "earliest_left_out", "calls_per_day"])
          Reflect.deleteProperty(rest, name);
        Reflect.deleteProperty(rest.quality, "findings");
        const totals = { ...rest.totals, resellers: 5, seconds: 0 };
        const bytes = Buffer.from(JSON.stringify({ schema_version: 1, ...rest, totals, resellers: [] }));
        world.objects.set(manifestKey(APRIL, 2), bytes);
        expect(parseManifest(bytes).totals.resellers).toBe(5);
      },
    ],
  ])("%s", async (_, forgery) => {
    await forgery();
    for (const claim of [[A], [B], [uuid("ff")]]) {
      expect(await statuses(claim, [MONTH, ROWS])).toEqual([503, 503]);
      expect(await statuses(claim, [`${MONTH}?revision=1`, "/v1/billing/bills/1"])).toEqual([200, 200]);
      const list = await ask("/v1/billing/snapshots", claim);
      expect([list.status, JSON.parse(list.text)]).toEqual([200, { data: [], damaged: [APRIL] }]);
      expect((await ask("/v1/billing/bills", claim)).status).toBe(200);
    }
  });
});
