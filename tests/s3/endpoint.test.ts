import { expect, test } from "vitest";
import { isVersitygw } from "./server.ts";

test("the tests beside this one use versitygw, not the local S3", async () => {
  expect(await isVersitygw(process.env["S3_ENDPOINT"] ?? "")).toBe(true);
});
