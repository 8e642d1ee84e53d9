import { beforeEach, describe, expect, test } from "vitest";
import { isSettled, type Look, lastLook, writeLook } from "../../../lib/billing/looks.ts";
import { parseManifest } from "../../../lib/billing/manifest.ts";
import { SnapshotError } from "../../../lib/billing/snapshot-error.ts";
import { memoryStore } from "./memory-store.ts";
import { instant, month } from "./valid.ts";

const [A, B] = ["a".repeat(64), "b".repeat(64)];
const MANIFEST = parseManifest(
  Buffer.from(
    JSON.stringify({
      schema_version: 2,
      period: "2026-04",
      revision: 12,
      supersedes: { revision: 11, sha256: A },
      as_of: "2026-05-04T06:00:00Z",
      allowed_missing_days: [],
      allowed_findings: [],
      allowed_shrunk_days: [],
      listing_sha256: A,
      earliest_left_out: null,
      calls_per_day: [],
      totals: { seconds: 0, calls: 0, organizations: 0, resellers: 0 },
      quality: {
        copies: 0,
        corrections: 0,
        calls_without_agent: 0,
        calls_in_progress: 0,
        negative_durations: 0,
        findings: [],
      },
      resellers: [],
    }),
  ),
);

function look(as_of: string, members: Partial<Look> = {}): Look {
  return {
    schema_version: 1,
    period: month("2026-04"),
    revision: 12,
    as_of: instant(as_of),
    listing_sha256: A,
    earliest_left_out: null,
    ...members,
  };
}

let objects: Map<string, Uint8Array>;
beforeEach(() => {
  objects = new Map();
});

const last = () => lastLook(memoryStore(objects), MANIFEST);
const write = (of: Look) => writeLook(memoryStore(objects), of);

describe("the last look at a revision", () => {
  test("is that of its manifest until a run has looked again", async () => {
    expect(await last()).toMatchObject({ as_of: "2026-05-04T06:00:00Z", listing_sha256: A });
    await write(look("2026-05-05T06:00:00Z", { revision: 1 }));
    await write(look("2026-05-05T06:00:00Z", { period: month("2026-03") }));
    expect(await last()).toMatchObject({ as_of: "2026-05-04T06:00:00Z" });
  });

  test("is the marker with the latest instant, whatever the files were called", async () => {
    const looks = [
      look("2026-05-05T06:00:00Z", { listing_sha256: B }),
      look("2026-05-07T06:00:00Z", { earliest_left_out: instant("2026-05-07T06:00:01Z") }),
      look("2026-05-06T06:00:00Z", { listing_sha256: B }),
    ];
    for (const each of looks) await write(each);
    expect(await last()).toEqual(looks[1]);
    await write(look("2026-05-08T06:00:00Z", { listing_sha256: B }));
    expect(await last()).toMatchObject({ as_of: "2026-05-08T06:00:00Z", listing_sha256: B });
  });

  test("has one key for each state of the files and each instant", async () => {
    await write(look("2026-05-05T06:00:00Z"));
    expect([...objects.keys()]).toEqual([`looked/2026-04/0012/${A}.2026-05-05T06:00:00Z.json`]);
    expect(Buffer.from([...objects.values()][0] ?? []).toString()).toBe(
      `{"schema_version":1,"period":"2026-04","revision":12,"as_of":"2026-05-05T06:00:00Z","listing_sha256":"${A}","earliest_left_out":null}`,
    );
  });

  test.each<[string, Uint8Array]>([
    ["not JSON", Buffer.from("{")],
    ["another document", Buffer.from("{}")],
    ["not UTF-8", Buffer.from([0xff])],
    [
      "of another schema",
      Buffer.from(JSON.stringify({ ...look("2026-05-05T06:00:00Z"), schema_version: 2 })),
    ],
    ["of revision 0", Buffer.from(JSON.stringify(look("2026-05-05T06:00:00Z", { revision: 0 })))],
    ["with an unknown member", Buffer.from(JSON.stringify({ ...look("2026-05-05T06:00:00Z"), note: "" }))],
    ["with half a hash", Buffer.from(JSON.stringify(look("2026-05-05T06:00:00Z", { listing_sha256: "ab" })))],
    [
      "with a long hash",
      Buffer.from(JSON.stringify(look("2026-05-05T06:00:00Z", { listing_sha256: `${A}0` }))),
    ],
    [
      "with text before a hash",
      Buffer.from(JSON.stringify(look("2026-05-05T06:00:00Z", { listing_sha256: `x${A}` }))),
    ],
  ])("that is %s is damaged", async (_, bytes) => {
    objects.set(`looked/2026-04/0012/${A}.2026-05-05T06:00:00Z.json`, bytes);
    const error = await last().catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(SnapshotError);
    expect(error).toMatchObject({
      code: "snapshot_damaged",
      message: "A stored marker of a look is not valid.",
      cause: expect.any(Error),
    });
  });
});

describe("a month is settled", () => {
  const asOf = instant("2026-05-06T06:00:00Z");

  test.each<[string, string | null, string | null, boolean]>([
    ["the same files", A, null, true],
    ["other files", B, null, false],
    ["unknown files", null, null, false],
    ["a record that is due now", A, "2026-05-06T05:59:59Z", false],
    ["a record that was written at the cutoff", A, "2026-05-06T06:00:00Z", true],
    ["a record that is due later", A, "2026-05-06T06:00:01Z", true],
    ["other files and a record that is due later", B, "2026-05-06T06:00:01Z", false],
  ])("with %s", (_, listing_sha256, left, expected) => {
    const earliest_left_out = left === null ? null : instant(left);
    expect(isSettled({ as_of: asOf, listing_sha256, earliest_left_out }, A, asOf)).toBe(expected);
  });
});
