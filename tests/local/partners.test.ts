import { describe, expect, test } from "vitest";
import type { Engine } from "../../local/engine/engine.ts";
import { partnersOf, SAMPLE_ACCOUNT } from "../../local/issuer/partners.ts";
import { uuid } from "../lib/valid.ts";

/** An engine whose lake has this many resellers. */
function engineWith(resellers: number): Engine {
  const rows = Array.from({ length: resellers }, (_, at) => [uuid(`${at + 1}`), `Reseller ${at}`, null]);
  const columns = ["reseller_id", "name", "internal_id"].map((name) => ({ name, type: "varchar" }));
  return {
    run: () => Promise.resolve({ columns, rows, dataScannedInBytes: 0 }),
    close: () => Promise.resolve(),
  };
}

describe("the partners of the local sign-in", () => {
  test.each([3, 100, 101, 400])("are each of %i resellers, all of them, and none", async (resellers) => {
    const partners = await partnersOf(engineWith(resellers));
    expect(partners).toHaveLength(resellers + 2);
    expect(partners.at(-3)?.claims).toEqual({ reseller_ids: [uuid(`${resellers}`)] });
    expect(partners.at(-2)?.about).toContain(`${resellers}`);
    expect(partners.at(-1)?.claims).toEqual({ reseller_ids: [] });
  });

  test("have a token that lists all resellers as long as it is small enough, else one that names an account", async () => {
    const headOffice = async (resellers: number) => (await partnersOf(engineWith(resellers))).at(-2)?.claims;
    const ids = Array.from({ length: 100 }, (_, at) => uuid(`${at + 1}`));
    expect(await headOffice(100)).toEqual({ reseller_ids: ids });
    expect(await headOffice(101)).toEqual({ account_id: SAMPLE_ACCOUNT });
  });
});
