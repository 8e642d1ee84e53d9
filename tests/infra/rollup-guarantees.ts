import { describe, expect, test } from "vitest";
import * as z from "zod";
import { STATE_NAME } from "../../lib/rollup/coverage.ts";
import { FIRST_STATE_NAME } from "../../lib/rollup/first-state.ts";
import { readRollupEvent } from "../../lib/rollup/rollup-event.ts";
import { all, named, type Packaged } from "./packaged.ts";
import { asGiven, isWrite, statementsOf } from "./statements.ts";

const schedule = z.looseObject({ Target: z.looseObject({ Input: z.string() }) });

/** Tests of the daily rollup: its schedules, and who may use it. */
export const describeRollup = (packaged: Packaged) =>
  describe("the rollup", () => {
    test.each([
      ["RollupSchedule", "cron(0 * * * ? *)", "roll up"],
      ["CompactionSchedule", "cron(30 4 * * ? *)", "compact"],
    ])("runs %s at %s, with an event that the function accepts", (id, expression, task) => {
      const properties = named(packaged.byDefault, "AWS::Scheduler::Schedule", id);
      expect(properties).toMatchObject({
        ScheduleExpression: expression,
        FlexibleTimeWindow: { Mode: "OFF" },
        Target: { Arn: { "Fn::GetAtt": ["UsageDashrollupLambdaFunction", "Arn"] } },
      });
      const { Target } = schedule.parse(properties);
      expect(readRollupEvent(JSON.parse(Target.Input)).task).toBe(task);
    });

    test("is written by its own role, read by the reports' role, and unknown to every other", () => {
      const objectsOf = (id: string, isWanted: (action: unknown) => boolean) =>
        statementsOf(packaged.everything, id)
          .filter(({ Action }) =>
            Action.some((action) => String(action).startsWith("s3:") && isWanted(action)),
          )
          .flatMap(({ Resource }) => Resource.map(asGiven))
          .filter((each) => each.startsWith("${RollupBucket.Arn}/"));
      const parts = ["usage_daily/*", STATE_NAME, FIRST_STATE_NAME].map(
        (name) => `\${RollupBucket.Arn}/${name}`,
      );
      expect(new Set(objectsOf("UsageRollupRole", isWrite))).toEqual(new Set(parts));
      expect(new Set(objectsOf("ReportsRole", (action) => !isWrite(action)))).toEqual(new Set(parts));
      expect(objectsOf("ReportsRole", isWrite)).toEqual([]);
      const knowing = Object.keys(all(packaged.everything, "AWS::IAM::Role")).filter((id) =>
        /RollupBucket|usage_daily/.test(JSON.stringify(statementsOf(packaged.everything, id))),
      );
      expect(knowing.toSorted()).toEqual(["ReportsRole", "UsageRollupRole"]);
    });
  });
