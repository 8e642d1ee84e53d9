import { DescribeStacksCommand } from "@aws-sdk/client-cloudformation";
import { GetFunctionConfigurationCommand } from "@aws-sdk/client-lambda";
import { describe, expect, test } from "vitest";
import { type Account, clientIdOf, nameOf, PAGE_ORIGIN } from "./account.ts";
import { deployedStage } from "./world.ts";

/** Tests of a deployment over an existing stage. */
export function describeLaterDeployments(account: Account): void {
  describe("a later deployment", () => {
    const snapshotFunction = async () =>
      account.dev.cloud.lambda.send(
        new GetFunctionConfigurationCommand({ FunctionName: nameOf(account.dev, "billing-snapshot") }),
      );
    const stateOfStack = async () => {
      const { Stacks } = await account.dev.cloud.cloudFormation.send(
        new DescribeStacksCommand({ StackName: account.dev.stack }),
      );
      return Stacks?.[0];
    };

    test("with changed parameters updates the stack", async () => {
      const { status } = await account.world.deploy(["--stage", "dev"], {
        portalClientId: "new-page",
        billingTopicArn: account.receiver.topicArn,
        graceDays: "5",
        allowedOrigins: PAGE_ORIGIN,
      });
      expect(status).toBe(0);
      expect((await snapshotFunction()).Environment?.Variables).toMatchObject({ GRACE_DAYS: "5" });
      expect(await clientIdOf(account.dev)).toBe("new-page");
      expect((await deployedStage(account.world, "dev")).physicalId("HttpApi")).toBe(
        account.dev.physicalId("HttpApi"),
      );
    });

    test.each([
      [{ graceDays: "99" }, "graceDays"],
      [{ gracedays: "5" }, "gracedays"],
    ])("with %j is refused and changes nothing", async (parameters, named) => {
      const [stack, { LastModified }] = [await stateOfStack(), await snapshotFunction()];
      const { status, output } = await account.world.deploy(["--stage", "dev"], parameters);
      expect(status).not.toBe(0);
      expect(output).toContain(named);
      expect(await stateOfStack()).toEqual(stack);
      expect((await snapshotFunction()).LastModified).toBe(LastModified);
      expect(await clientIdOf(account.dev)).toBe("new-page");
    });
  });
}
