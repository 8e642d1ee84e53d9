import { expect, test } from "vitest";
import { isDamaged, readable, SnapshotError } from "../../../lib/billing/snapshot-error.ts";

const DAMAGED = new SnapshotError("snapshot_damaged", "Restore it.");

test("only damage of stored data is damage", () => {
  expect(isDamaged(DAMAGED)).toBe(true);
  expect(isDamaged(new SnapshotError("snapshot_conflict", "Run again."))).toBe(false);
  expect(isDamaged(Object.assign(new Error("another error"), { code: "snapshot_damaged" }))).toBe(false);
  expect(new SnapshotError("snapshot_damaged", "Restore it.").name).toBe("SnapshotError");
});

test("reading gives the result, or says that stored data is damaged; every other error is thrown", async () => {
  expect(await readable(async () => 7)).toBe(7);
  expect(await readable(() => Promise.reject(DAMAGED))).toBe("damaged");
  for (const error of [new Error("no answer"), new SnapshotError("snapshot_conflict", "Run again.")])
    await expect(readable(() => Promise.reject(error))).rejects.toBe(error);
});
