import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import {
  ConfigurationError,
  readEnvironment,
  reportVariables,
} from "../../../lib/composition/environment.ts";

const REQUIRED = { AWS_REGION: "eu-central-1", ATHENA_WORKGROUP: "reports", ATHENA_DATABASE: "lake" };

function read(environment: Readonly<Record<string, string | undefined>>) {
  return readEnvironment(reportVariables, environment);
}

/** The error about the environment. */
function complaint(environment: Readonly<Record<string, string | undefined>>): string {
  try {
    read({ ...REQUIRED, ...environment });
  } catch (error) {
    if (error instanceof ConfigurationError) return error.message;
    throw error;
  }
  throw new Error("no complaint");
}

describe("the environment", () => {
  test("has its defaults for missing and empty variables", () => {
    const defaults = {
      ...REQUIRED,
      ATHENA_CATALOG: "AwsDataCatalog",
      RESELLER_CLAIM: "reseller_ids",
      EARLIEST_DATE: "2020-01-01",
      MAX_RANGE_DAYS: 366,
      FRESHNESS_SECONDS: 60,
      PARTNER_EXECUTIONS_PER_MINUTE: 60,
    };
    expect(read(REQUIRED)).toEqual(defaults);
    expect(
      read({ ...REQUIRED, ATHENA_CATALOG: "", ATHENA_OUTPUT: "", MAX_RANGE_DAYS: "", PATH: "/bin" }),
    ).toEqual(defaults);
  });

  test("is read unchanged", () => {
    const stated = {
      ATHENA_CATALOG: "other",
      ATHENA_OUTPUT: "s3://results/queries/",
      RESELLER_CLAIM: "https://example.com/resellers",
      EARLIEST_DATE: "2024-02-29",
      AWS_ENDPOINT_URL_ATHENA: "http://127.0.0.1:8789",
      AWS_ENDPOINT_URL_S3: "https://s3.example.com",
    };
    expect(read({ ...REQUIRED, ...stated, MAX_RANGE_DAYS: "31", FRESHNESS_SECONDS: "5" })).toEqual({
      ...REQUIRED,
      ...stated,
      MAX_RANGE_DAYS: 31,
      FRESHNESS_SECONDS: 5,
      PARTNER_EXECUTIONS_PER_MINUTE: 60,
    });
  });

  test("names accounts by both of their variables, or by neither", () => {
    const accounts = { ACCOUNT_CLAIM: "account_id", GRANTS_LOCATION: "s3://grants/accounts/" };
    expect(read({ ...REQUIRED, ...accounts })).toMatchObject(accounts);
    expect(complaint({ ACCOUNT_CLAIM: "account_id" })).toBe(
      "Environment variable GRANTS_LOCATION is missing.",
    );
    expect(complaint({ GRANTS_LOCATION: "s3://grants/" })).toBe(
      "Environment variable ACCOUNT_CLAIM is missing.",
    );
    expect(complaint({ ...accounts, GRANTS_LOCATION: "s3://grants/accounts" })).toContain("GRANTS_LOCATION");
  });

  test.each([
    ["reseller_ids", undefined],
    ["https://example.com/claim", "https://example.com/claim"],
  ])(
    "refuses the account claim %s if the reseller claim has the same name",
    (ACCOUNT_CLAIM, RESELLER_CLAIM) => {
      expect(complaint({ ACCOUNT_CLAIM, RESELLER_CLAIM, GRANTS_LOCATION: "s3://grants/" })).toBe(
        "Environment variable ACCOUNT_CLAIM must not name the claim of RESELLER_CLAIM.",
      );
    },
  );

  test.each(["AWS_REGION", "ATHENA_WORKGROUP", "ATHENA_DATABASE"])("must have %s", (name) => {
    const message = `Environment variable ${name} is missing.`;
    expect(complaint({ [name]: undefined })).toBe(message);
    expect(complaint({ [name]: "" })).toBe(message);
  });

  test.each([
    ["RESELLER_CLAIM", " "],
    ["ATHENA_WORKGROUP", "reports "],
    ["ATHENA_DATABASE", "\tlake"],
    ["EARLIEST_DATE", "2025-02-29"],
    ["EARLIEST_DATE", "01.01.2020"],
    ["MAX_RANGE_DAYS", "0"],
    ["MAX_RANGE_DAYS", "-1"],
    ["MAX_RANGE_DAYS", "1.5"],
    ["MAX_RANGE_DAYS", "1e3"],
    ["MAX_RANGE_DAYS", "a year"],
    ["MAX_RANGE_DAYS", "9999999"],
    ["FRESHNESS_SECONDS", "-1"],
    ["FRESHNESS_SECONDS", "1m"],
    ["ATHENA_OUTPUT", "results/queries"],
    ["ATHENA_OUTPUT", "s3://"],
    ["ATHENA_OUTPUT", "s3://results/a b"],
    ["ATHENA_OUTPUT", "https://results/queries"],
    ["AWS_ENDPOINT_URL_ATHENA", "127.0.0.1:8789"],
    ["AWS_ENDPOINT_URL_S3", "file:///tmp"],
  ])("refuses a malformed %s (%s), in one line that names it", (name, value) => {
    expect(complaint({ [name]: value })).toMatch(
      new RegExp(`^Environment variable ${name} must (?:not )?be [^\n]+\\.$`),
    );
  });
});

describe("a function without a required variable", () => {
  test("does not start: it ends with status 1 and one line that names the variable", () => {
    const entry = join(import.meta.dirname, "../../../functions/reports/index.ts");
    const { AWS_REGION, ATHENA_WORKGROUP } = REQUIRED;
    const { status, stdout, stderr } = spawnSync(process.execPath, [entry], {
      env: { AWS_REGION, ATHENA_WORKGROUP },
      encoding: "utf8",
    });
    expect(status).toBe(1);
    expect(stdout).toBe("");
    expect(
      stderr
        .trimEnd()
        .split("\n")
        .map((line): unknown => JSON.parse(line)),
    ).toEqual([{ level: "fatal", message: "Environment variable ATHENA_DATABASE is missing." }]);
  });
});
