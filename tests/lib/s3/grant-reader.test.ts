import { describe, expect, test } from "vitest";
import { ServiceError } from "../../../lib/errors.ts";
import { grantReader } from "../../../lib/s3/grant-reader.ts";
import { MAX_GRANT_BYTES } from "../../../lib/scope/grant.ts";
import { uuid } from "../valid.ts";
import { type Answer, scriptedS3, status, whole } from "./scripted-s3.ts";

const ACCOUNT = uuid("acc0");
const R1 = uuid("a1");
const GRANT = Buffer.from(JSON.stringify({ account_id: ACCOUNT, reseller_ids: [R1] }));

/** The resellers of the account, or the code of the refusal; and the requests to S3. */
async function read(...answers: Answer[]) {
  await using s3 = await scriptedS3(...answers);
  const grantOf = grantReader(s3.open, "s3://grants/accounts/");
  const outcome = await grantOf(ACCOUNT).then(
    ({ resellerIds }) => resellerIds,
    (error: unknown) =>
      error instanceof ServiceError ? error : new Error("another error", { cause: error }),
  );
  return { outcome, paths: s3.received.map(({ path }) => path) };
}

describe("the grant of an account", () => {
  test("is read from its own object", async () => {
    const { outcome, paths } = await read(whole(GRANT));
    expect(outcome).toEqual([R1]);
    expect(paths).toEqual([`/grants/accounts/${ACCOUNT}.json`]);
  });

  test("is read again for each request", async () => {
    const empty = Buffer.from(JSON.stringify({ account_id: ACCOUNT, reseller_ids: [] }));
    await using s3 = await scriptedS3(whole(GRANT), whole(empty), status(404));
    const grantOf = grantReader(s3.open, "s3://grants/accounts/");
    expect((await grantOf(ACCOUNT)).resellerIds).toEqual([R1]);
    expect((await grantOf(ACCOUNT)).resellerIds).toEqual([]);
    await expect(grantOf(ACCOUNT)).rejects.toMatchObject({ code: "unknown_account" });
  });

  test("is refused after one request if it is missing or too large", async () => {
    for (const answer of [status(404), whole(Buffer.alloc(MAX_GRANT_BYTES * 4, " "))]) {
      const { outcome, paths } = await read(answer);
      expect(outcome).toMatchObject({ code: "unknown_account" });
      expect(paths).toHaveLength(1);
    }
  });

  test("is requested again if S3 is busy", async () => {
    const { outcome, paths } = await read(status(503), status(500), whole(GRANT));
    expect(outcome).toEqual([R1]);
    expect(paths).toHaveLength(3);
  });

  test.each([
    ["fails again and again", [500, 500, 500, 500], 4],
    ["refuses the read", [403], 1],
  ])("cannot be read if S3 %s: 503, which says when to try again", async (_, statuses, asked) => {
    const { outcome, paths } = await read(...statuses.map((each) => status(each)));
    expect(outcome).toMatchObject({ code: "engine_unavailable", headers: { "retry-after": "5" } });
    expect(paths).toHaveLength(asked);
  });
});
