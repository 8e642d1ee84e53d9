/**
 * Deploys to an account that MiniStack emulates: `npm run deploy`, the deployed stack, `npm run remove`. The tests
 * run in this order, and each continues where the previous one ended. adaptations.ts lists MiniStack's differences
 * from AWS.
 */
import { afterAll, beforeAll } from "vitest";
import type { BillingReceiver } from "./billing-receiver.ts";
import { describeDeployedStack } from "./deployed-answers.ts";
import { describeDeployments } from "./first-deployments.ts";
import { describeLaterDeployments } from "./later-deployments.ts";
import { describeRemoval } from "./removal.ts";
import { describeSmoke } from "./smoke.ts";
import { type Deployed, startWorld, type World } from "./world.ts";

let world: World | undefined;
let dev: Deployed | undefined;
let receiver: BillingReceiver | undefined;

/** Throws if a test needs something that an earlier one failed to create. */
function made<T>(value: T | undefined): T {
  if (value === undefined) throw new Error("An earlier test has failed.");
  return value;
}

const account = {
  get world() {
    return made(world);
  },
  get dev() {
    return made(dev);
  },
  set dev(deployed: Deployed) {
    dev = deployed;
  },
  get receiver() {
    return made(receiver);
  },
  set receiver(given: BillingReceiver) {
    receiver = given;
  },
};

beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world?.[Symbol.asyncDispose]());

describeDeployments(account);
describeDeployedStack(account);
describeSmoke(account);
describeLaterDeployments(account);
describeRemoval(account);
