import { afterAll, beforeAll, expect, test } from "vitest";
import { SAMPLE_RESELLERS, sampleLake } from "../../local/sample/sample-lake.ts";
import { expectedCsv, expectedReport } from "../oracle.ts";
import { stackOver, type TestStack } from "./test-stack.ts";

const LAKE = sampleLake();
const ALL = SAMPLE_RESELLERS.map(({ id }) => id);

let stack: TestStack;
beforeAll(async () => {
  stack = await stackOver(LAKE, { filesPerDay: 2 });
});
afterAll(() => stack[Symbol.asyncDispose]());

test.each([
  ["a closed month of all resellers", ALL, "2026-04-01", "2026-04-30"],
  ["a closed month of one reseller", ALL.slice(0, 1), "2026-03-01", "2026-03-31"],
  ["the open days of two resellers", ALL.slice(1), "2026-05-01", "2026-05-31"],
  ["everything", ALL, "2026-02-01", "2026-05-10"],
])(
  "the sample lake's report of %s equals the oracle's, as JSON and as CSV",
  async (_, resellers, start, end) => {
    const question = { resellers, start_date: start, end_date: end };
    const json = await stack.askQuestion(question);
    const csv = await stack.askQuestion(question, "text/csv");
    expect(json.text).toBe(JSON.stringify(expectedReport(LAKE, question)));
    expect(csv.text).toBe(expectedCsv(LAKE, question));
  },
);
