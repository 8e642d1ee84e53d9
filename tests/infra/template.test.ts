import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll } from "vitest";
import { EVERY_PARAMETER, packageTemplate } from "../../infra/package-template.ts";
import { describeAlarms } from "./alarm-guarantees.ts";
import { describeApi } from "./api-guarantees.ts";
import { describeBilling, describeBillingRoles } from "./billing-guarantees.ts";
import { describeDashboard } from "./dashboard-guarantees.ts";
import { describeEveryFunction, describeFunction, describeRole } from "./function-guarantees.ts";
import { describePortal } from "./portal-guarantees.ts";
import { describeRollup } from "./rollup-guarantees.ts";
import { describeSnapshotBucket } from "./snapshot-bucket-guarantees.ts";
import { describeStorage } from "./storage-guarantees.ts";

// One file for all guarantees, because packaging takes seconds.
const packaged = {
  folder: mkdtempSync(join(tmpdir(), "minutes-template-")),
  byDefault: { Resources: {} },
  everything: { Resources: {} },
};

beforeAll(() => {
  packaged.byDefault = packageTemplate(join(packaged.folder, "default"));
  packaged.everything = packageTemplate(join(packaged.folder, "everything"), EVERY_PARAMETER);
});

afterAll(() => rmSync(packaged.folder, { recursive: true }));

describeApi(packaged);
describeEveryFunction(packaged);
describeFunction(packaged);
describeRole(packaged);
describeStorage(packaged);
describeBilling(packaged);
describeBillingRoles(packaged);
describeSnapshotBucket(packaged);
describePortal(packaged);
describeRollup(packaged);
describeAlarms(packaged);
describeDashboard(packaged);
