import { execFile } from "node:child_process";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { call, DAYS } from "../cli/call.ts";
import { APRIL, DENTAL, id, LAKE, NORTH, SOLD, SOUTH } from "../local/fixture.ts";
import { stackOver, type TestStack } from "../local/test-stack.ts";

const ROOT = join(import.meta.dirname, "..", "..");

/** `npm run -s report` with these arguments, once it has ended. */
async function npmReport(args: readonly string[], environment: NodeJS.ProcessEnv = {}) {
  const { promise, resolve } = Promise.withResolvers<{
    code: number | null;
    stdout: string;
    stderr: string;
  }>();
  const options = { cwd: ROOT, env: { ...process.env, ...environment } };
  const child = execFile("npm", ["run", "-s", "report", "--", ...args], options, (_, stdout, stderr) => {
    resolve({ code: child.exitCode, stdout, stderr });
  });
  return promise;
}

describe("over a running stack", () => {
  let stack: TestStack;
  let environment: Record<string, string>;
  beforeAll(async () => {
    stack = await stackOver(LAKE);
    environment = await environmentOf({ reseller_ids: [NORTH, SOUTH] });
  });
  afterAll(() => stack[Symbol.asyncDispose]());

  async function environmentOf(claims: object, expiresIn?: number) {
    return { MINUTES_URL: stack.url, MINUTES_TOKEN: await stack.token(claims, expiresIn) };
  }

  const TABLE = `\
Voice minutes by organization, 2026-04-01 to 2026-04-30 (UTC days, both included)

organization                          reseller         agents  minutes   share
──────────────────────────────────────────────────────────────────────────────
Secret New Name                       Southern Cross        1    20.00   59.2%
${SOLD}  Northwind Voice       1    10.00   29.6%
Acme Dental                           Northwind Voice       3     3.02    8.9%
Bakery                                Southern Cross        0     0.75    2.2%
Silent Library                        Northwind Voice       0     0.00    0.0%
──────────────────────────────────────────────────────────────────────────────
Total                                                       5    33.77  100.0%
`;

  test("prints only the table with npm run -s report", async () => {
    expect(await npmReport([...DAYS, "--quiet"], environment)).toEqual({
      code: 0,
      stdout: TABLE,
      stderr: "",
    });
  });

  test.each([
    ["--json", "application/json"],
    ["--csv", "text/csv"],
  ])(
    "prints the service's bytes unchanged with %s; options override the environment",
    async (option, accept) => {
      const { MINUTES_URL: url = "", MINUTES_TOKEN: token = "" } = environment;
      const elsewhere = { MINUTES_URL: "http://127.0.0.1:9", MINUTES_TOKEN: "wrong" };
      const [served, called] = await Promise.all([
        stack.ask({ query: APRIL, claim: [NORTH, SOUTH], headers: { accept } }),
        call([...DAYS, "--url", url, "--token", token, option], { environment: elsewhere }),
      ]);
      expect([called.code, called.stdout]).toEqual([0, served.text]);
    },
  );

  test("accepts filters as lists and repeated, and narrows the report", async () => {
    const filters = ["--organization", `${DENTAL},${id("b9")}`, "--organization", SOLD, "--reseller", NORTH];
    const { stdout } = await call([...DAYS, ...filters], { environment });
    expect(stdout).toContain("Reseller: Northwind Voice\n");
    expect(stdout.match(/^(?:Acme|000000b4|Secret|Bakery)/gm)).toEqual(["000000b4", "Acme"]);
  });

  test("sends filters that are longer than a URL", async () => {
    const many = [DENTAL, ...Array.from({ length: 600 }, (_, index) => id(`f${index}`))];
    const [few, all] = await Promise.all(
      [DENTAL, many.join(",")].map((ids) =>
        call([...DAYS, "--organization", ids, "--json"], { environment }),
      ),
    );
    expect(all?.stdout).toContain("Acme Dental");
    expect([all?.code, all?.stdout]).toEqual([0, few?.stdout]);
  });

  test("explains what is wrong with a request line by line, by option", async () => {
    const wrong = [
      "--from",
      "2026-04-31",
      "--to",
      "2019-01-01",
      "--organization",
      "",
      "--reseller",
      `${NORTH},x`,
    ];
    const { code, stdout, stderr } = await call(wrong, { environment });
    expect([code, stdout]).toEqual([2, ""]);
    expect(stderr.replace(/[0-9a-f-]{36}/, "ID")).toBe(`\
The request is invalid
  --from: Give a calendar day as YYYY-MM-DD.
  --organization: Name at least one UUID, or leave the filter out.
  --reseller: Not a UUID: item 2. A UUID has 8-4-4-4-12 hexadecimal digits.
request_id ID
`);
  });

  test.each([
    ["expired", { reseller_ids: [NORTH] }, "The gateway says: the token has expired."],
    ["of a malformed claim", { reseller_ids: "nonsense" }, "The token's reseller claim is malformed"],
  ])("ends with 3 and says why for a token that is %s", async (_, claims, complaint) => {
    const expiresIn = complaint.includes("expired") ? -60 : 60;
    const { code, stdout, stderr } = await call(DAYS, {
      environment: await environmentOf(claims, expiresIn),
    });
    expect([code, stdout]).toEqual([3, ""]);
    expect(stderr).toContain(complaint);
    expect(stderr).toContain("npm run -s token -- --port");
    expect(stderr).toMatch(/^request_id \S+$/m);
  });

  test("explains the empty report of a token without resellers", async () => {
    const { code, stdout, stderr } = await call(DAYS, { environment: await environmentOf({}) });
    expect(code).toBe(0);
    expect(stdout).toMatch(/^Total +0 +0\.00 +-$/m);
    expect(stderr).toContain("the report is empty");
  });
});

describe("a call", () => {
  test("describes every option and exit code with --help", async () => {
    const { code, stdout, stderr } = await npmReport(["--help"]);
    expect([code, stderr]).toEqual([0, ""]);
    const words = "from to reseller organization agents ids csv json url token wait quiet help".split(" ");
    for (const word of words) expect(stdout).toContain(`  --${word} `);
    expect(stdout.match(/^ {2}[0-9] {2}/gm)?.map(Number)).toEqual([0, 1, 2, 3, 4, 5]);
    expect(stdout.split("\n").filter((line) => line.length > 110)).toEqual([]);
  });

  test("says how to get a token here without one, and ends with 2 through npm", async () => {
    const { code, stdout, stderr } = await npmReport(DAYS, { MINUTES_URL: "", MINUTES_TOKEN: "" });
    expect([code, stdout]).toEqual([2, ""]);
    expect(stderr).toContain("MINUTES_TOKEN=$(npm run -s token -- --resellers ID[,ID])");
  });

  test("does not mention the local stack without a token for a service elsewhere", async () => {
    const { stderr } = await call([...DAYS, "--url", "https://api.example.com"]);
    expect(stderr).toBe("Give a token: set MINUTES_TOKEN.\nAll options: voice-minutes report --help\n");
  });

  test("lists everything that is wrong with it at once, and never shows the token", async () => {
    const wrong = [
      "--from",
      "a",
      "--from",
      "b",
      "--csv",
      "--json",
      "--wait",
      "x",
      "--token",
      "sec ret",
      "--agents",
    ];
    const { code, stdout, stderr } = await call(wrong);
    expect([code, stdout]).toEqual([2, ""]);
    for (const told of [
      "--from once",
      "Give --to",
      "not both",
      "--wait takes",
      "--agents",
      "token contains blanks",
    ]) {
      expect(stderr).toContain(told);
    }
    expect(stderr).not.toMatch(/sec |ret/);
  });

  test.each([
    [["--nonsense"], "--nonsense"],
    [["stray"], "stray"],
    [["--url", "nowhere"], "--url takes an address"],
    [["--url", ""], "--url takes an address"],
    [["--url", "https://a.example/?x=1"], "without user name, password"],
    [["--url", "http://api.example.com"], "must begin with https"],
  ])("is refused with %j before anything is sent", async (args, complaint) => {
    const { code, stderr } = await call([...DAYS, ...args], { environment: { MINUTES_TOKEN: "t" } });
    expect([code, stderr]).toEqual([2, expect.stringContaining(complaint)]);
  });
});
