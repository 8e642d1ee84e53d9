import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ServiceError } from "../../../lib/errors.ts";
import { MAX_GRANT_BYTES, MAX_RESELLERS, readGrant } from "../../../lib/scope/grant.ts";
import { resellersOfGrant } from "../../../lib/scope/reseller-scope.ts";
import { uuid, uuids } from "../valid.ts";

const ACCOUNT = uuid("acc0");
const R1 = uuid("a1");
const R2 = uuid("a2");

function granted(content: string | Uint8Array) {
  return readGrant(typeof content === "string" ? Buffer.from(content) : content, ACCOUNT).resellerIds;
}

/** The reason why the object is refused; fails if it is accepted. */
function refusal(content: string | Uint8Array): string {
  try {
    granted(content);
  } catch (error) {
    const isRefusal = error instanceof ServiceError && error.code === "unknown_account";
    if (!isRefusal || !(error.cause instanceof Error)) throw error;
    return error.cause.message;
  }
  throw new Error("the object is accepted");
}

const object = (reseller_ids: unknown, account_id: unknown = ACCOUNT) =>
  JSON.stringify({ account_id, reseller_ids });

describe("the grant of an account", () => {
  test("names its resellers, each once, in lower case and in order", () => {
    expect(granted(object([R2, R1.toUpperCase(), R2]))).toEqual([R1, R2]);
    expect(granted(object([R1], ACCOUNT.toUpperCase()))).toEqual([R1]);
  });

  test("gives the scope of its resellers", () => {
    expect(resellersOfGrant(readGrant(Buffer.from(object([R2, R1])), ACCOUNT))).toMatchObject({
      resellerIds: [R1, R2],
    });
  });

  test("may name none: then there is no scope", () => {
    expect(resellersOfGrant(readGrant(Buffer.from(object([])), ACCOUNT))).toBeUndefined();
  });

  test(`may name ${MAX_RESELLERS} resellers, indented, and not one more`, () => {
    const most = { account_id: ACCOUNT, reseller_ids: uuids(MAX_RESELLERS) };
    expect(granted(JSON.stringify(most, null, 2))).toHaveLength(MAX_RESELLERS);
    expect(refusal(object(uuids(MAX_RESELLERS + 1)))).toContain("more than 1000 resellers");
  });

  test(`has at most ${MAX_GRANT_BYTES} bytes`, () => {
    const text = object([R1]);
    expect(granted(text.padEnd(MAX_GRANT_BYTES))).toEqual([R1]);
    expect(refusal(text.padEnd(MAX_GRANT_BYTES + 1))).toContain("bytes");
  });

  test.each([
    ["of another account", object([R1], uuid("acc1")), "another account"],
    ["of an account that is a list", object([R1], [ACCOUNT]), "another account"],
    ["without an account", JSON.stringify({ reseller_ids: [R1] }), "other members"],
    ["without resellers", JSON.stringify({ account_id: ACCOUNT }), "other members"],
    ["with one more member", JSON.stringify({ account_id: ACCOUNT, reseller_ids: [R1], all: true }), "other"],
    [
      "with a member of every object",
      `{"account_id":"${ACCOUNT}","__proto__":{"reseller_ids":["${R1}"]}}`,
      "other",
    ],
    [
      "whose account stands twice",
      `{"account_id":"${uuid("b")}","account_id":"${ACCOUNT}","reseller_ids":[]}`,
      "repeated",
    ],
    [
      "whose resellers stand twice",
      `{"account_id":"${ACCOUNT}","reseller_ids":[],"reseller_ids":["${R1}"]}`,
      "repeated",
    ],
    ["whose resellers are a text", object(R1), "not a list"],
    ["whose resellers are null", object(null), "not a list"],
    ["with one bad reseller", object([R1, "*"]), "not a UUID"],
    ["with a reseller that is null", object([R1, null]), "not a UUID"],
    ["that is a list", JSON.stringify([object([R1])]), "not a JSON object"],
    ["that is null", "null", "not a JSON object"],
    ["that is empty", "", "malformed JSON"],
    ["that is cut short", object([R1]).slice(0, -1), "malformed JSON"],
    ["with a byte order mark", `\ufeff${object([R1])}`, "malformed JSON"],
    ["that is not UTF-8", Buffer.from(object([R1]), "utf16le"), "malformed JSON"],
    [
      "with bytes that are not text",
      Buffer.concat([Buffer.from(object([R1])), Buffer.of(0xff)]),
      "not UTF-8",
    ],
  ])("is refused %s", (_, content, reason) => {
    expect(refusal(content)).toContain(reason);
  });

  test("is refused with a message that tells the caller what to do", () => {
    expect(() => granted("null")).toThrow(
      "The platform has no valid list of resellers for the account of your token. Ask the issuer of your token to correct the account.",
    );
  });

  test("is refused, or equals its account's list, for every JSON", () => {
    const members = fc.record(
      { account_id: fc.jsonValue(), reseller_ids: fc.jsonValue() },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(fc.oneof(members, fc.jsonValue()), (value) => {
        // No random JSON names the account, so none is a grant.
        expect(refusal(JSON.stringify(value))).toMatch(/^grant: /);
      }),
    );
  });

  test("is refused without content of the object in the message or its causes", () => {
    const secret = uuid("5ec7e7");
    for (const content of [object([secret, "*"]), `{"account_id":"${secret}"`, object([secret], secret)]) {
      expect(refusal(content)).not.toContain(secret);
    }
  });
});
