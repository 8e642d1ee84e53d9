import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { foldReport } from "../../../lib/reports/minutes-by-organization/organizations.ts";
import { foldResellers } from "../../../lib/usage/fold.ts";
import { arriving, collect, rejectionOf, uuid } from "../valid.ts";
import { agentRow, anyRows, inOrder, named, PERIOD, resellerRow, resultOf } from "./rows.ts";

const [R1, R2] = [uuid("a1"), uuid("a2")];
const [O1, O2] = [uuid("b1"), uuid("b2")];
const A1 = uuid("c1");

describe("a result out of order", () => {
  test("is refused if any row is out of place", async () => {
    await fc.assert(
      fc.asyncProperty(
        anyRows.chain((rows) => {
          const ordered = inOrder(rows);
          return fc.tuple(fc.constant(ordered), fc.shuffledSubarray(ordered, { minLength: rows.length }));
        }),
        async ([ordered, shuffled]) => {
          fc.pre(shuffled.some((row, index) => row !== ordered[index]));
          const report = foldReport(resultOf(shuffled), PERIOD);
          expect(await rejectionOf(report)).toMatchObject({
            code: "internal_error",
            cause: {
              message: expect.stringMatching(
                /^the rows are out of order at level (reseller|organization|agent)$/,
              ),
            },
          });
        },
      ),
    );
  });
});

describe("resellers", () => {
  test("are yielded one by one, when the first row of the next one arrives", async () => {
    async function* lostAfterTwo() {
      yield [agentRow([R1, O1, A1], 60), resellerRow(R2)];
      await Promise.reject(new Error("lost"));
    }
    const resellers = foldResellers(lostAfterTwo());
    expect((await resellers.next()).value).toMatchObject({
      resellerId: R1,
      organizations: [{ seconds: 60 }],
    });
    await expect(resellers.next()).rejects.toThrow("lost");
  });

  test("are those of the rows, including the ones without organizations", async () => {
    const rows = [resellerRow(R1, named("First")), agentRow([R2, O1, A1], 60)];
    expect(await collect(foldResellers(arriving([rows])))).toMatchObject([
      { resellerId: R1, resellerName: "First", organizations: [] },
      { resellerId: R2, resellerName: R2, organizations: [{ seconds: 60 }] },
    ]);
  });

  test("have their organizations, the largest first; one without a name is shown by its id", async () => {
    const rows = [agentRow([R1, O1, A1], 60, named("Ann")), agentRow([R1, O2, A1], 120, named("Ann"))];
    const [reseller] = await collect(foldResellers(arriving([rows])));
    expect(reseller?.organizations).toMatchObject([
      { organizationName: O2, seconds: 120, agents: [{ agentName: "Ann" }] },
      { organizationName: O1, seconds: 60, agents: [{ agentName: "Ann" }] },
    ]);
  });
});
