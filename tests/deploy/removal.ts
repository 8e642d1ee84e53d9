import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ListStacksCommand } from "@aws-sdk/client-cloudformation";
import { HeadBucketCommand, ListObjectsV2Command } from "@aws-sdk/client-s3";
import { describe, expect, test } from "vitest";
import { stackName } from "../../infra/deployed-stack.ts";
import { type Account, clientIdOf, ELSEWHERE } from "./account.ts";
import { RECEIVER_STACK } from "./billing-receiver.ts";
import { commandOf, deployedStage, RUN_COMMANDS } from "./world.ts";

/** Tests of the removal of a stage. */
export function describeRemoval(account: Account): void {
  describe("the removal of a stage", () => {
    test("asks for the stage's name first, and removes nothing without it", async () => {
      for (const input of ["", "prod\n"]) {
        const { status, output } = await account.world.run("remove", ["--stage", "dev"], input);
        expect(status).toBe(1);
        expect(output).toContain("Nothing was removed");
      }
      expect((await deployedStage(account.world, "dev")).resources).toHaveLength(
        account.dev.resources.length,
      );
    });

    test("says that a stage does not exist", async () => {
      const { status, output } = await account.world.run("remove", ["--stage", "none", "--yes"]);
      expect([status, output.trim()]).toEqual([1, "There is no stack minutes-service-none in us-east-1."]);
    });

    test("empties the buckets that may be emptied, keeps the closed months and says so, and leaves other stages alone", async () => {
      const { s3, cloudFormation } = account.dev.cloud;
      const buckets = account.dev.resources.filter(({ type }) => type === "AWS::S3::Bucket");
      const kept = account.dev.physicalId("SnapshotBucket");
      const objectsIn = async (bucket: string) =>
        (await s3.send(new ListObjectsV2Command({ Bucket: bucket }))).Contents?.map(({ Key, ETag }) => [
          Key,
          ETag,
        ]);
      const closed = await objectsIn(kept);
      expect(closed).not.toHaveLength(0);
      const counts = new Map<string, number>();
      for (const { physicalId } of buckets)
        counts.set(physicalId, (await objectsIn(physicalId))?.length ?? 0);

      const { status, output } = await account.world.run("remove", ["--stage", "dev"], "dev\n");
      expect(status).toBe(0);
      for (const { physicalId } of buckets.filter((each) => each.physicalId !== kept)) {
        expect(output).toContain(`Emptied ${physicalId}: ${counts.get(physicalId)} objects.`);
        await expect(s3.send(new HeadBucketCommand({ Bucket: physicalId }))).rejects.toMatchObject({
          $metadata: { httpStatusCode: 404 },
        });
      }
      expect(output).not.toContain(`Emptied ${kept}`);
      expect(output).toMatch(new RegExp(`^The bucket ${kept} stays.*closed months`, "m"));
      expect(await objectsIn(kept)).toEqual(closed);
      const { StackSummaries = [] } = await cloudFormation.send(new ListStacksCommand({}));
      const left = StackSummaries.filter(({ StackStatus }) => StackStatus !== "DELETE_COMPLETE");
      expect(new Set(left.map(({ StackName }) => StackName))).toEqual(
        new Set([RECEIVER_STACK, stackName("prod")]),
      );
      expect(await clientIdOf(await deployedStage(account.world, "dev", ELSEWHERE))).toBe(
        `page-of-dev-${ELSEWHERE}`,
      );
    });

    test("works in another region too", async () => {
      const { status, output } = await account.world.run("remove", [
        "--stage",
        "dev",
        "--region",
        ELSEWHERE,
        "--yes",
      ]);
      expect(status).toBe(0);
      expect(output).toContain(`Removed ${stackName("dev")} from ${ELSEWHERE}.`);
      await expect(deployedStage(account.world, "dev", ELSEWHERE)).rejects.toThrow("does not exist");
    });
  });

  test("has run every command of docs/deploy.md here, with all its options", () => {
    const document = readFileSync(join(import.meta.dirname, "../../docs/deploy.md"), "utf8");
    const commands = [...document.matchAll(/^ *npm run (?:-s )?(\S+) -- (.*)$/gm)].map(
      ([, script = "", args = ""]) => commandOf(script, args.replaceAll('"', "").split(" ")),
    );
    expect(commands.length).toBeGreaterThan(5);
    const untried = commands.filter((command) => !RUN_COMMANDS.some((run) => command.isSubsetOf(run)));
    expect(untried).toEqual([]);
  });
}
