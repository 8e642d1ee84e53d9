import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as z from "zod";
import { sampleDirectory } from "../../local/sample/directory.ts";

/** The same requests on every run and machine. */
const SEED = 20_260_401;

const HOOKS = join(import.meta.dirname, "python");
const CONFIG = join(import.meta.dirname, "schemathesis.toml");
export const DOCUMENT = join(import.meta.dirname, "../../docs/openapi.json");

export interface RunOptions {
  /** The schemathesis program. */
  readonly python: string;
  /** The API's address. */
  readonly url: string;
  /** The path of its OpenAPI document; by default the published one. */
  readonly document?: string;
  /** Undefined for none. */
  readonly token?: string;
  /** Further options of schemathesis, such as which data to generate. */
  readonly options: readonly string[];
}

/** A request that schemathesis sent, and the verdict on its answer. */
export interface Case {
  /** `GET /path` as in the document, even if the request used another method. */
  readonly operation: string;
  readonly method: string;
  /** Whether the document allows the request. */
  readonly mode: "positive" | "negative";
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
  /** The checks that the answer passed. Empty for a check's own request. */
  readonly checks: readonly string[];
}

export interface Run {
  /** 0 if every check passed without a warning. */
  readonly exitCode: number | null;
  readonly output: string;
  readonly cases: readonly Case[];
}

const recorder = z.object({
  label: z.string(),
  cases: z.record(
    z.string(),
    z.object({
      value: z.object({
        method: z.string(),
        path: z.string(),
        meta: z.object({ generation: z.object({ mode: z.enum(["positive", "negative"]) }) }),
      }),
    }),
  ),
  checks: z.record(z.string(), z.array(z.object({ name: z.string(), status: z.string() }))),
  interactions: z.record(
    z.string(),
    z.object({
      response: z.object({
        status_code: z.int(),
        headers: z.record(z.string(), z.array(z.string())),
        content: z.object({ $base64: z.base64() }).nullable(),
      }),
    }),
  ),
});

const finished = z.object({
  ScenarioFinished: z.object({ recorder: recorder.or(z.object({ label: z.string() })) }),
});

/** Runs schemathesis with all its checks, and reads the result from its report. */
export async function runSchemathesis({ python, url, document, token, options }: RunOptions): Promise<Run> {
  const directory = await mkdtemp(join(tmpdir(), "schemathesis-"));
  try {
    const report = join(directory, "report.ndjson");
    const authorization = token === undefined ? [] : ["--header", `Authorization: Bearer ${token}`];
    const target = [document ?? DOCUMENT, "--url", url, ...authorization];
    const always = ["--checks", "all", "--seed", `${SEED}`, "--report-ndjson-path", report];
    const child = spawn(
      join(python, "schemathesis"),
      ["--config-file", CONFIG, "run", ...target, ...always, ...options],
      {
        cwd: directory,
        stdio: ["ignore", "pipe", "pipe"],
        env: {
          ...process.env,
          PYTHONPATH: HOOKS,
          PYTHONDONTWRITEBYTECODE: "1",
          SCHEMATHESIS_HOOKS: "sample_hooks",
          SAMPLE_IDS: sampleIds(),
        },
      },
    );
    let output = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (text: string) => {
        output += text;
      });
    }
    await once(child, "close");
    const events = await readFile(report, "utf8").catch((error: unknown) => {
      throw new Error(`schemathesis made no report:\n${output}`, { cause: error });
    });
    return { exitCode: child.exitCode, output, cases: casesOf(events) };
  } finally {
    await rm(directory, { recursive: true });
  }
}

/** Existing ids, which replace generated ones. */
function sampleIds(): string {
  const { organizations, resellers } = sampleDirectory();
  return JSON.stringify({
    organizations: organizations.map(({ organization_id }) => organization_id),
    resellers: resellers.map(({ reseller_id }) => reseller_id),
  });
}

/** The report has a line of JSON for each event; the requests are in the events that end a scenario. */
function casesOf(report: string): Case[] {
  return report
    .split("\n")
    .filter((line) => line.startsWith('{"ScenarioFinished"'))
    .flatMap((line) => {
      const scenario = finished.parse(JSON.parse(line)).ScenarioFinished.recorder;
      return "cases" in scenario ? casesIn(scenario) : [];
    });
}

function casesIn({ label, cases, checks, interactions }: z.infer<typeof recorder>): Case[] {
  return Object.entries(cases).flatMap(([id, { value }]) => {
    const response = interactions[id]?.response;
    if (response === undefined) return [];
    const { method, path, meta } = value;
    return {
      operation: label.endsWith(` ${path}`) ? label : `${method} ${path}`,
      method,
      mode: meta.generation.mode,
      status: response.status_code,
      contentType: response.headers["content-type"]?.[0] ?? "",
      body: Buffer.from(response.content?.$base64 ?? "", "base64").toString("utf8"),
      checks: (checks[id] ?? []).filter(({ status }) => status === "success").map(({ name }) => name),
    };
  });
}
