import * as fc from "fast-check";
import { expect, test } from "vitest";
import { minutesByAgent } from "../../lib/reports/minutes-by-agent/definition.ts";
import { minutesByDay } from "../../lib/reports/minutes-by-day/definition.ts";
import { generatedLake, generatedLayout, generatedQuestion, POOL } from "../generated-lake.ts";
import { expectedOrganizations, type Question } from "../oracle.ts";
import {
  type AgentQuestion,
  dayEntries,
  expectedAgents,
  expectedAgentsCsv,
  expectedDays,
  expectedDaysCsv,
} from "../oracle-agents-days.ts";
import { queryOf, stackOver, type TestStack } from "./test-stack.ts";

const LAKES = 2;
const QUESTIONS = 5;

const UNKNOWN = "0b9c1d2e-0000-4000-8000-0000000000ff";
const agentIds = fc.subarray([...POOL.agents, UNKNOWN, "00000000-0000-0000-0000-000000000000"], {
  minLength: 1,
});
const agentQuestion: fc.Arbitrary<AgentQuestion> = fc
  .tuple(generatedQuestion, agentIds)
  .map(([question, agent_ids]) => ({ ...question, agent_ids }));

function askAgents(stack: TestStack, question: AgentQuestion, accept: string) {
  const query = `${queryOf(question)}&agent_ids=${question.agent_ids.join(",")}`;
  return stack.ask({ path: minutesByAgent.path, query, claim: question.resellers, headers: { accept } });
}

function askDays(stack: TestStack, question: Question, accept: string) {
  const query = queryOf(question);
  return stack.ask({ path: minutesByDay.path, query, claim: question.resellers, headers: { accept } });
}

test.each([
  ["from calls", false],
  ["from the rollup", true],
])(
  "every answer equals the plain loops of the oracle to the byte, %s",
  async (_, rollsUp) => {
    const questions = fc.array(agentQuestion, { minLength: QUESTIONS, maxLength: QUESTIONS });
    await fc.assert(
      fc.asyncProperty(generatedLake, generatedLayout, questions, async (lake, layout, asked) => {
        await using stack = await stackOver(lake, layout, { rollsUp });
        if (rollsUp) await stack.rollUp();
        for (const question of asked) {
          const [agents, agentsCsv, days, daysCsv] = await Promise.all([
            askAgents(stack, question, "application/json"),
            askAgents(stack, question, "text/csv"),
            askDays(stack, question, "application/json"),
            askDays(stack, question, "text/csv"),
          ]);
          expect(agents.text).toBe(expectedAgents(lake, question));
          expect(agentsCsv.text).toBe(expectedAgentsCsv(lake, question));
          expect(days.text).toBe(expectedDays(lake, question));
          expect(daysCsv.text).toBe(expectedDaysCsv(lake, question));
        }
        // A busy machine may be too slow to read the state, but must never ignore the table.
        expect(stack.log()).not.toMatch(/"message":"the rollup(?!'s state)/);
      }),
      { numRuns: LAKES, endOnFailure: true },
    );
  },
  240_000,
);

test("in seconds the days add up to the total of the minutes by organization", () => {
  fc.assert(
    fc.property(generatedLake, generatedQuestion, (lake, question) => {
      const sum = (entries: readonly { readonly seconds: bigint }[]) =>
        entries.reduce((total, { seconds }) => total + seconds, 0n);
      expect(sum(dayEntries(lake, question))).toBe(sum(expectedOrganizations(lake, question)));
    }),
  );
});
