import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { packageTemplate, templateFile } from "../../infra/package-template.ts";
import { PARAMETER_NAMES, parseParameters } from "../../infra/parameters.ts";
import { cors, eventsOf } from "../../infra/routes.ts";

const DEFAULTS = {
  jwtIssuer: "https://issuer.example.com",
  jwtAudience: "minutes-service",
  requiredScope: "",
  resellerClaim: "reseller_ids",
  accountClaim: "",
  grantsBucket: "",
  grantsPrefix: "",
  callerHashKey: "",
  allowedOrigins: "",
  throttlingRate: 200,
  throttlingBurst: 400,
  documentationRate: 5,
  documentationBurst: 20,
  lakeBucket: "lake",
  lakePrefix: "",
  lakeKmsKeyArn: "",
  earliestDate: "2020-01-01",
  maxRangeDays: 366,
  freshnessSeconds: 60,
  partnerExecutionsPerMinute: 60,
  partnerClaim: "",
  scanCutoffBytes: 100_000_000_000,
  scanBudgetBytes: 1_000_000_000_000,
  graceDays: 3,
  billFrom: "2026-01",
  lookBackMonths: 12,
  toleratedBrokenRecords: 0,
  billingScanCutoffBytes: 10_000_000_000_000,
  snapshotLockDays: 0,
  auditorRoleArn: "",
  reservedConcurrency: "",
  logRetentionDays: 30,
  portalClientId: "minutes-portal",
  portalScope: "",
  portalAudienceParameter: "",
  portalConnectOrigins: "",
  portalDomain: "",
  portalCertificateArn: "",
  alarmTopicArn: "",
  billingTopicArn: "",
};

const parsed = (given: object) => parseParameters({ ...DEFAULTS, ...given }, "dev");

const WITH_TOKEN = { path: "/v1", access: "token" } as const;

describe("deploy parameters", () => {
  test("are off if they are optional and empty", () => {
    expect(parsed({})).toMatchObject({
      requiredScopes: [],
      allowedOrigins: [],
      alarmActions: [],
      reservedConcurrency: null,
      lakePrefix: "",
      snapshotLock: { ObjectLockEnabled: "Enabled" },
      portal: { connectOrigins: [], aliases: [], certificate: { CloudFrontDefaultCertificate: true } },
    });
  });

  test("mean the same as text from the command line and as values of serverless.yml", () => {
    const texts = Object.entries(DEFAULTS).map(([name, value]) => [name, String(value)]);
    expect(parsed(Object.fromEntries(texts))).toEqual(parsed({}));
  });

  test.each([
    ["", "", []],
    ["reports.read", "", ["reports.read"]],
    ["reports.read", "api://minutes/reports.read", ["api://minutes/reports.read"]],
  ])("require %j in tokens while the page asks for %j", (requiredScope, portalScope, asked) => {
    const { portal, requiredScopes } = parsed({ requiredScope, portalScope });
    expect(portal.scopes).toEqual(asked);
    expect(requiredScopes).toEqual(requiredScope === "" ? [] : [requiredScope]);
  });

  test.each(["lake/v1", "lake/v1/"])("make the prefix %s end in one slash", (lakePrefix) => {
    expect(parsed({ lakePrefix }).lakePrefix).toBe("lake/v1/");
  });

  test("give accounts a claim and a location of their own; without both there are no accounts", () => {
    const accounts = { accountClaim: "account_id", grantsBucket: "grants" };
    expect(parsed({}).grantsLocation).toBe("");
    expect(parsed(accounts).grantsLocation).toBe("s3://grants/");
    expect(parsed({ ...accounts, grantsPrefix: "a/b" }).grantsLocation).toBe("s3://grants/a/b/");
    expect(() => parsed({ ...accounts, accountClaim: "reseller_ids" })).toThrow("accountClaim");
  });

  test("turn a stage's name into a database name that needs no quotes", () => {
    expect(parseParameters(DEFAULTS, "Prod-EU").database).toBe("minutes_prod_eu");
  });

  test("create a lock that nobody can lift", () => {
    expect(parsed({ snapshotLockDays: "3650" }).snapshotLock).toEqual({
      ObjectLockEnabled: "Enabled",
      Rule: { DefaultRetention: { Mode: "COMPLIANCE", Days: 3650 } },
    });
  });

  test("ring for an open month two days after its grace, and always before the next month's end", () => {
    expect(parsed({ graceDays: "3" }).openDaysAlarm).toBe(5);
    expect(parsed({ graceDays: 25 }).openDaysAlarm).toBeLessThan(28);
  });

  const REFUSED = {
    jwtIssuer: ["http://issuer.example.com", "issuer.example.com"],
    jwtAudience: ["", "a,,b"],
    resellerClaim: [""],
    accountClaim: ["account_id", "reseller_ids"],
    grantsBucket: ["platform-grants", "s3://grants"],
    grantsPrefix: ["/accounts"],
    callerHashKey: ["short", "with a blank, though it is long enough"],
    requiredScope: ["two scopes"],
    allowedOrigins: ["*", "https://portal.example.com/", "http://portal.example.com"],
    lakeBucket: ["s3://lake"],
    lakePrefix: ["/lake", "lake/*"],
    lakeKmsKeyArn: ["arn:aws:kms:us-east-1:123456789012:alias/lake"],
    earliestDate: ["2025-02-29"],
    maxRangeDays: ["0"],
    freshnessSeconds: ["1.5"],
    scanCutoffBytes: ["9999999"],
    scanBudgetBytes: ["0"],
    graceDays: ["-1", "26", "2.5"],
    toleratedBrokenRecords: ["-1", "many"],
    billingScanCutoffBytes: ["9999999"],
    billFrom: ["2026-13"],
    lookBackMonths: ["0", "121"],
    snapshotLockDays: ["-1", "3651", "a year"],
    auditorRoleArn: [
      "arn:aws:iam::123456789012:user/auditor",
      "arn:aws:sts::123456789012:assumed-role/auditor/session",
      "arn:aws:iam::123456789012:role/*",
    ],
    reservedConcurrency: ["-1"],
    partnerExecutionsPerMinute: ["-1"],
    partnerClaim: ["two claims"],
    documentationRate: ["0"],
    documentationBurst: ["0"],
    portalClientId: [""],
    portalScope: ["two scopes"],
    portalAudienceParameter: ["scope"],
    portalConnectOrigins: ["https://auth.example.com/"],
    portalDomain: ["minutes.example.com"],
    portalCertificateArn: ["arn:aws:acm:eu-central-1:123456789012:certificate/1"],
    alarmTopicArn: ["on-call"],
    billingTopicArn: ["arn:aws:sqs:us-east-1:123456789012:billing"],
  };
  test.each(
    Object.entries(REFUSED).flatMap(([name, values]) => values.map((value) => [name, value] as const)),
  )("refuse %s as %j", (name, value) => {
    expect(() => parsed({ [name]: value })).toThrow(name);
  });

  test.each(["jwtIssuer", "lakeBucket", "billFrom", "snapshotLockDays"])(
    "have no default for %s, and the message says how to give it",
    (name) => {
      expect(() => parsed({ [name]: "" })).toThrow(
        new RegExp(`^.*\\n  ${name}: is required.*--param="${name}=.*$`),
      );
    },
  );

  test("refuse the defaults of serverless.yml, and packaging makes no template of them", () => {
    const folder = mkdtempSync(join(tmpdir(), "minutes-defaults-"));
    try {
      expect(() => packageTemplate(folder, {})).toThrow(/jwtIssuer: is required.*--param="jwtIssuer=/);
      expect(existsSync(templateFile(folder))).toBe(false);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test("report every mistake at once", () => {
    expect(() => parsed({ earliestDate: "soon", lakeBucket: "" })).toThrow(/lakeBucket[^]*earliestDate/);
  });

  test("report a missing parameter", () => {
    expect(() => parseParameters({}, "dev")).toThrow(PARAMETER_NAMES.at(0));
  });
});

describe("browsers", () => {
  const closed = { allowedOrigins: [], requiredScopes: [] };
  const open = { allowedOrigins: ["https://portal.example.com"], requiredScopes: ["reports/read"] };

  test("may not call unless origins are given", () => {
    expect(cors(closed)).toBe(false);
  });

  test("may send a token from the given origins, and read the headers that the service uses", () => {
    expect(cors(open)).toMatchObject({
      allowedOrigins: open.allowedOrigins,
      allowedHeaders: ["authorization", "content-type", "accept", "if-none-match"],
      exposedResponseHeaders: ["x-request-id", "retry-after", "content-disposition", "etag"],
    });
  });

  test("get the answer to their preflight from the gateway: no route matches OPTIONS", () => {
    const methods = eventsOf(WITH_TOKEN, open).map(({ httpApi }) => httpApi.method);
    expect(methods).toContain("GET");
    expect(methods).not.toContain("ANY");
    expect(methods).not.toContain("OPTIONS");
  });

  test("may call or not: every route has the authorizer and the required scope", () => {
    for (const { httpApi } of [...eventsOf(WITH_TOKEN, open), ...eventsOf(WITH_TOKEN, closed)]) {
      expect(httpApi.authorizer?.name).toBe("jwt");
    }
    expect(eventsOf(WITH_TOKEN, open)[0]?.httpApi.authorizer?.scopes).toEqual(["reports/read"]);
  });
});
