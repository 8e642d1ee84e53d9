import { expect, test } from "vitest";
import { coverageReader } from "../../../lib/s3/coverage-reader.ts";
import { scriptedS3, status } from "./scripted-s3.ts";

test("a missing state means that there is no rollup yet", async () => {
  await using s3 = await scriptedS3(status(404), status(404));
  expect(await coverageReader(s3.open, "s3://rollup/", "s3://lake/")()).toBeUndefined();
});

test.each([403, 500, 503])(
  "a state that S3 answers %d to, twice, is an error, never a missing state",
  async (code) => {
    await using s3 = await scriptedS3(status(code), status(code));
    await expect(coverageReader(s3.open, "s3://rollup/", "s3://lake/")()).rejects.toThrow(
      `S3 answered ${code}`,
    );
    expect(s3.received).toHaveLength(2);
  },
);
