import { isDeepStrictEqual } from "node:util";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { readGrant, unknownAccount } from "../../../lib/scope/grant.ts";
import { hostileClaim, RESELLERS, STRANGER } from "../../lib/hostile-claims.ts";
import { valuesFor } from "../../lib/usage/placeholders.ts";
import { uuid } from "../../lib/valid.ts";
import { startService } from "./service.ts";

const QUERY = "start_date=2026-04-01&end_date=2026-04-30";
const ACCOUNT = uuid("5a3e0000-0000-4000-8000-0000000000aa");
const OTHER = uuid("5a3e0000-0000-4000-8000-0000000000bb");
const CALLERS = 3_000;

/** An account claim: the account itself in every form, or anything. */
const accountClaim = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom<unknown>(ACCOUNT, ACCOUNT.toUpperCase()) },
  {
    weight: 2,
    arbitrary: fc.constantFrom<unknown>(
      OTHER,
      null,
      "",
      [],
      [ACCOUNT],
      `[${ACCOUNT}]`,
      ` ${ACCOUNT}`,
      `${ACCOUNT}.json`,
      `../${ACCOUNT}`,
      `${ACCOUNT},${OTHER}`,
      { id: ACCOUNT },
      0,
      true,
    ),
  },
  { weight: 1, arbitrary: hostileClaim },
);

/** The bytes of an object: of the account itself, of another, damaged, or none. */
const stored = fc.oneof(
  {
    weight: 3,
    arbitrary: fc
      .subarray([...RESELLERS])
      .map((reseller_ids) => JSON.stringify({ account_id: ACCOUNT, reseller_ids })),
  },
  fc.constant(undefined),
  fc.constant(JSON.stringify({ account_id: OTHER, reseller_ids: [STRANGER] })),
  hostileClaim.map((reseller_ids) => JSON.stringify({ account_id: ACCOUNT, reseller_ids })),
  fc.string(),
);

/** Reads the resellers of the object in another way: undefined unless it is exactly a grant of the account. */
function grantedBy(text: string | undefined): Set<string> | undefined {
  const [, account, list = ""] =
    /^\{"account_id":"([0-9a-f-]{36})","reseller_ids":\[((?:"[0-9a-fA-F-]{36}"(?:,(?!\])|(?=\])))*)\]\}$/.exec(
      text ?? "",
    ) ?? [];
  if (account !== ACCOUNT) return undefined;
  const ids = list
    .split(",")
    .filter((element) => element !== "")
    .map((element) => element.slice(1, -1));
  const isUuid = (id: string) => /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(id);
  const named = new Set(ids.map((id) => id.toLowerCase()));
  return ids.every(isUuid) && named.size <= 1_000 ? named : undefined;
}

/** The answer and the resellers that a caller may get; undefined if the other test covers the claims. */
function expected(claims: Readonly<Record<string, unknown>>, text: string | undefined) {
  if (!Object.hasOwn(claims, "account_id")) return undefined;
  if (Object.hasOwn(claims, "reseller_ids")) return { status: 403, resellers: new Set() };
  const claim = claims["account_id"];
  const isAccount = typeof claim === "string" && claim.toLowerCase() === ACCOUNT;
  const resellers = isAccount ? grantedBy(text) : undefined;
  return resellers === undefined ? { status: 403, resellers: new Set() } : { status: 200, resellers };
}

describe(`${CALLERS} callers with hostile accounts`, () => {
  test("start no query outside the resellers of their account, and learn no id", async () => {
    const seen = { refused: 0, empty: 0, asked: 0, both: 0 };
    let object: string | undefined;
    const service = startService({
      accounts: {
        claim: "account_id",
        grantOf: async (account) => {
          const content = account === ACCOUNT ? object : undefined;
          if (content === undefined) throw unknownAccount("no object");
          return readGrant(Buffer.from(content), account);
        },
      },
    });
    const both = fc.option(hostileClaim, { nil: undefined, freq: 3 });
    await fc.assert(
      fc.asyncProperty(accountClaim, both, fc.boolean(), stored, async (account, list, hasList, text) => {
        object = text;
        // JSON cannot contain undefined: such a claim is missing.
        const claims = JSON.parse(
          JSON.stringify({ sub: "portal", account_id: account, ...(hasList && { reseller_ids: list }) }),
        );
        const { status, body } = await service.send({ claims, query: QUERY });
        const queries = service.queries.splice(0);
        const told = body + service.lines.splice(0).join("");
        const allowed = expected(claims, text);
        expect([...RESELLERS, STRANGER, ACCOUNT, OTHER].filter((id) => told.includes(id))).toEqual([]);
        if (allowed === undefined) return;

        expect(status).toBe(allowed.status);
        expect(queries).toHaveLength(allowed.resellers.size > 0 ? 1 : 0);
        for (const query of queries) {
          expect(isDeepStrictEqual(valuesFor("reseller_id", query), allowed.resellers)).toBe(true);
        }
        if (Object.hasOwn(claims, "reseller_ids")) seen.both += 1;
        else if (status === 403) seen.refused += 1;
        else if (queries.length === 0) seen.empty += 1;
        else seen.asked += 1;
      }),
      { numRuns: CALLERS },
    );
    expect(Math.min(seen.refused, seen.asked, seen.both)).toBeGreaterThan(200);
    expect(seen.empty).toBeGreaterThan(20);
  });
});
