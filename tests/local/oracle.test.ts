import * as fc from "fast-check";
import { expect, test } from "vitest";
import { generatedLake, generatedLayout, generatedQuestion } from "../generated-lake.ts";
import { expectedCsv, expectedReport } from "../oracle.ts";
import { stackOver } from "./test-stack.ts";

const LAKES = 6;
const QUESTIONS = 10;

test("every answer equals the oracle's to the byte, on lakes full of hard cases", async () => {
  const questions = fc.array(generatedQuestion, { minLength: QUESTIONS, maxLength: QUESTIONS });
  await fc.assert(
    fc.asyncProperty(generatedLake, generatedLayout, questions, async (lake, layout, asked) => {
      await using stack = await stackOver(lake, layout);
      await Promise.all(
        asked.map(async (question) => {
          const [json, csv] = await Promise.all([
            stack.askQuestion(question),
            stack.askQuestion(question, "text/csv"),
          ]);
          expect(json.text).toBe(JSON.stringify(expectedReport(lake, question)));
          expect(csv.text).toBe(expectedCsv(lake, question));
        }),
      );
    }),
    { numRuns: LAKES, endOnFailure: true },
  );
}, 240_000);
