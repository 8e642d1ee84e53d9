import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, extname, join, sep } from "node:path";
import { expect, inject, test } from "vitest";
import * as z from "zod";
import { OPERATIONS, operationIds, snippetFolder } from "../../contract/document.ts";
import { REPORTS } from "../../lib/reports/table.ts";
import { runCommand } from "../../local/command.ts";
import { queryStringOf } from "../report-questions.ts";
import {
  APRIL,
  BILLS,
  plainBills,
  plainMonth,
  plainMonths,
  plainReport,
  plainText,
  REPORT,
  SNAPSHOTS,
  secondsOf,
} from "./plain-answers.ts";

const { python } = inject("tools");
const { url, token } = inject("api");

const SNIPPETS = join(import.meta.dirname, "../../docs/snippets");
const MONTH = `${SNAPSHOTS}/2026-04`;
const POSTED = `${REPORT}?start_date=2026-04-01&end_date=2026-04-30&organization_ids=41d52398-79b9-4878-843d-7449a8eda453`;

/** The program that runs a file of each language: the shell, Node, and Python. */
const RUNNERS: Readonly<Record<string, readonly [command: string, ...args: string[]]>> = {
  ".sh": ["bash", "-euo", "pipefail"],
  ".ts": [process.execPath],
  ".py": [join(python, "python")],
};

/** What curl prints: the answer itself. */
const ANSWERS: Readonly<Record<string, string>> = {
  getMinutesByOrganization: APRIL,
  postMinutesByOrganization: POSTED,
  listBillingSnapshots: SNAPSHOTS,
  getBillingSnapshot: MONTH,
  getBillingAdjustments: `${MONTH}/adjustments`,
  listBills: BILLS,
  getBill: `${BILLS}/1`,
};

/** The lines that a program prints, computed from answers that it has not read. */
const LINES: Readonly<Record<string, () => Promise<readonly (string | number)[][]>>> = {
  getMinutesByOrganization: async () => {
    const { data } = await plainReport(APRIL);
    return data.map(({ organization_name, total_voice_minutes }) => [
      organization_name,
      total_voice_minutes,
      secondsOf(total_voice_minutes),
    ]);
  },
  postMinutesByOrganization: async () => {
    const { data } = await plainReport(POSTED);
    return data.flatMap(({ organization_name, agents }) =>
      agents.map(({ agent_name, voice_minutes }) => [organization_name, agent_name, voice_minutes]),
    );
  },
  listBillingSnapshots: async () =>
    (await plainMonths()).map(({ period, revision, as_of }) => [period, revision, as_of]),
  getBillingSnapshot: async () => {
    const { revision, delta, data } = await plainMonth(MONTH);
    const seconds = data.reduce((sum, { total_voice_minutes }) => sum + secondsOf(total_voice_minutes), 0);
    return [[`revision ${revision}: ${seconds} s, ${delta} s other than in the one before`]];
  },
  getBillingAdjustments: async () => {
    const { revision, delta } = await plainMonth(MONTH);
    return [[`revision ${revision}: adjusted by ${delta} s`]];
  },
  listBills: async () => {
    const { data, pending } = await plainBills();
    return [
      ...data.map(({ number, period, totals }) => [`bill ${number} ${period} ${totals.seconds} s`]),
      ...pending.map(({ period, adjustment_seconds }) => [`pending ${period} ${adjustment_seconds} s`]),
    ];
  },
  getBill: async () => {
    const { data } = await plainBills();
    return data.map(({ number, totals }) => [
      `bill ${number}: ${totals.usage_seconds} s used, ${totals.adjustment_seconds} s adjusted`,
    ]);
  },
};

/** The example's answer, for an operation of a report that is not listed above. */
function exampleOf(operation: string): string | undefined {
  const report = REPORTS.find((each) => Object.values(operationIds(each)).includes(operation));
  return report && `${report.path}${queryStringOf(report.documentation().example.request)}`;
}

/**
 * The expected lines of a program. For an operation that is not listed, they are the lines of the same program in the
 * other language, one for each entry of the answer.
 *
 * @throws Error if there are none: a snippet that prints nothing proves nothing
 */
async function linesOf(operation: string, language: string): Promise<string> {
  const example = exampleOf(operation);
  if (LINES[operation] === undefined && example !== undefined) {
    const lines = await printedBy(fileOf(operation, language === ".ts" ? ".py" : ".ts"));
    const { data } = z.object({ data: z.array(z.unknown()) }).parse(JSON.parse(await plainText(example)));
    if (lines.trimEnd().split("\n").length === data.length) return lines;
    throw new Error(`${operation} does not print a line for each of ${data.length} entries`);
  }
  const lines = (await LINES[operation]?.()) ?? [];
  if (lines.length === 0) throw new Error(`nothing is expected of ${operation}`);
  return lines.map((line) => `${line.join(" ")}\n`).join("");
}

const files = (await readdir(SNIPPETS, { recursive: true })).filter((name) => name.includes(sep));

function fileOf(operation: string, language: string): string {
  return join(snippetFolder(operation), `${operation}${language}`);
}

test("has a snippet of every operation in every language, and no other", () => {
  const languages = Object.keys(RUNNERS);
  const all = OPERATIONS.flatMap((operation) => languages.map((language) => fileOf(operation, language)));
  expect(files.toSorted()).toEqual(all.toSorted());
});

/** The output of a snippet, in a folder of its own. */
async function printedBy(file: string): Promise<string> {
  const language = extname(file);
  const [command, ...args] = RUNNERS[language] ?? ["false"];
  const cwd = await mkdtemp(join(tmpdir(), "snippet-"));
  const surroundings = { cwd, env: { ...process.env, API: url, TOKEN: token } };
  const printed = await runCommand(command, [...args, join(SNIPPETS, file)], `No ${command}.`, surroundings);
  await rm(cwd, { recursive: true });
  return printed;
}

test.for(files)("runs %s unchanged, and it prints the API's figures", async (file) => {
  const language = extname(file);
  const operation = basename(file, language);
  const expected =
    language === ".sh"
      ? plainText(ANSWERS[operation] ?? exampleOf(operation) ?? "")
      : linesOf(operation, language);
  expect(await printedBy(file)).toBe(await expected);
});

test("has the tested snippets in the document", async () => {
  const document = await readFile(join(SNIPPETS, "../openapi.json"), "utf8");
  for (const file of files) {
    const source = JSON.stringify(await readFile(join(SNIPPETS, file), "utf8"));
    expect(document, file).toContain(`"source": ${source}`);
  }
});
