import { describe, expect, test } from "vitest";
import type { Admission } from "../../../lib/execution-budget.ts";
import { readGrant } from "../../../lib/scope/grant.ts";
import type { Sent } from "../../lib/http/events.ts";
import { uuid } from "../../lib/valid.ts";
import { startService } from "./service.ts";

const QUERY = "start_date=2026-04-01&end_date=2026-04-30";
const [R1, R2, ACCOUNT] = [uuid("a1"), uuid("a2"), uuid("acc1")];

/** Sends requests over a budget that answers as it is told, and tells which partners it was asked about. */
async function send(
  requests: readonly Sent[],
  admission: Admission = { kind: "granted" },
  partnerClaim?: string,
) {
  const partners: string[] = [];
  const service = startService({
    accounts: {
      claim: "account_id",
      grantOf: async (account) =>
        readGrant(Buffer.from(JSON.stringify({ account_id: account, reseller_ids: [R1] })), account),
    },
    budget: {
      take: async (partner) => {
        partners.push(partner);
        return admission;
      },
      partnerClaim,
    },
  });
  const answers = [];
  for (const request of requests) answers.push(await service.send(request));
  return { partners, answers, ...service };
}

const asked = (claims: object, filter = ""): Sent => ({ claims: { ...claims }, query: `${QUERY}${filter}` });

describe("the partner of a request", () => {
  test("is all resellers of its token, whatever it filters by and however the claim lists them", async () => {
    const { partners } = await send([
      asked({ reseller_ids: [R1, R2] }),
      asked({ reseller_ids: `[${R2} ${R1}]` }),
      asked({ reseller_ids: [R1, R2] }, `&reseller_ids=${R1}`),
      asked({ reseller_ids: [R1] }),
    ]);
    expect(new Set(partners.slice(0, 3)).size).toBe(1);
    expect(partners[3]).not.toBe(partners[0]);
  });

  test("is its account, where the token names one, whatever else it says", async () => {
    const { partners } = await send(
      [
        asked({ account_id: ACCOUNT, partner: "north" }),
        asked({ account_id: ACCOUNT.toUpperCase(), partner: "south" }),
        asked({ account_id: uuid("acc2"), partner: "north" }),
        asked({ reseller_ids: [R1] }),
      ],
      { kind: "granted" },
      "partner",
    );
    expect(partners[1]).toBe(partners[0]);
    expect(new Set(partners).size).toBe(3);
  });

  test("is named by its own claim, if there is one", async () => {
    const { partners } = await send(
      [
        asked({ reseller_ids: [R1], partner: "north" }),
        asked({ reseller_ids: [R2], partner: "north" }),
        asked({ reseller_ids: [R1], partner: "" }),
        asked({ reseller_ids: [R1], partner: null }),
        asked({ reseller_ids: [R1] }),
      ],
      { kind: "granted" },
      "partner",
    );
    expect(partners[1]).toBe(partners[0]);
    expect(new Set(partners.slice(2)).size).toBe(1);
    expect(new Set(partners).size).toBe(2);
  });

  test("is a hash: neither the table nor the log learns who it is", async () => {
    const { partners, lines } = await send(
      [asked({ reseller_ids: [R1], partner: "north" })],
      undefined,
      "partner",
    );
    expect(partners[0]).toMatch(/^[\w-]{32}$/);
    expect(lines.join("")).not.toContain("north");
  });
});

describe("a request", () => {
  test("beyond the budget is a 429 that says when to try again, and starts nothing", async () => {
    const { answers, queries, lines } = await send([asked({ reseller_ids: [R1] })], {
      kind: "refused",
      retryAfterSeconds: 17,
    });
    expect(answers[0]).toMatchObject({ status: 429, headers: { "retry-after": "17" } });
    expect(JSON.parse(answers[0]?.body ?? "")).toMatchObject({ type: "/problems/too_many_queries" });
    expect(queries).toEqual([]);
    expect(lines.join("")).toContain('"BudgetRefusals":1');
  });

  test("is answered where the budget cannot be asked, and that is counted", async () => {
    const cause = new Error("DynamoDB is out of reach");
    const { answers, lines } = await send([asked({ reseller_ids: [R1] })], { kind: "unknown", cause });
    expect(answers[0]?.status).toBe(200);
    expect(lines.join("")).toContain('"BudgetUnavailable":1');
    expect(lines.join("")).toContain("DynamoDB is out of reach");
  });

  test("that starts no query takes nothing from the budget", async () => {
    const { partners } = await send([
      asked({ reseller_ids: [] }),
      asked({ reseller_ids: [R1] }, `&reseller_ids=${R2}`),
      { ...asked({ reseller_ids: [R1] }), query: "start_date=soon" },
      { ...asked({ reseller_ids: [R1] }), method: "HEAD" },
    ]);
    expect(partners).toEqual([]);
  });
});
