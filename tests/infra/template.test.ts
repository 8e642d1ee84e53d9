import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll } from "vitest";
import { EVERY_PARAMETER, packageTemplate, REQUIRED_PARAMETERS } from "../../infra/package-template.ts";
import { describeAlarms } from "./alarm-guarantees.ts";
import { describeApi } from "./api-guarantees.ts";
import { describeBilling } from "./billing-guarantees.ts";
import { describeDashboard } from "./dashboard-guarantees.ts";
import { describeEveryFunction } from "./function-guarantees.ts";
import { describePortal } from "./portal-guarantees.ts";
import { describeRoles } from "./role-guarantees.ts";
import { describeRollup } from "./rollup-guarantees.ts";
import { describeSnapshotBucket } from "./snapshot-bucket-guarantees.ts";
import { describeStages } from "./stage-guarantees.ts";
import { describeStorage } from "./storage-guarantees.ts";
import { describeZips } from "./zip-guarantees.ts";

// One file for all tests of the template, because packaging takes seconds.
const packaged = {
  folder: mkdtempSync(join(tmpdir(), "minutes-template-")),
  byDefault: { Resources: {} },
  everything: { Resources: {} },
  elsewhere: { Resources: {} },
};

beforeAll(() => {
  packaged.byDefault = packageTemplate(join(packaged.folder, "default"), REQUIRED_PARAMETERS);
  packaged.everything = packageTemplate(join(packaged.folder, "everything"), EVERY_PARAMETER);
  const options = ["--stage", "prod", "--region", "eu-central-1"];
  packaged.elsewhere = packageTemplate(join(packaged.folder, "elsewhere"), REQUIRED_PARAMETERS, options);
}, 240_000);

afterAll(() => rmSync(packaged.folder, { recursive: true }));

describeApi(packaged);
describeEveryFunction(packaged);
describeRoles(packaged);
describeStorage(packaged);
describeBilling(packaged);
describeSnapshotBucket(packaged);
describePortal(packaged);
describeRollup(packaged);
describeAlarms(packaged);
describeDashboard(packaged);
describeStages(packaged);
describeZips(packaged);
