import { randomUUID } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inject } from "vitest";
import { duckdbEngine } from "../../local/engine/duckdb.ts";
import type { Engine } from "../../local/engine/engine.ts";
import { trinoEngine } from "../../local/engine/trino.ts";
import type { Faults } from "../../local/faults.ts";
import type { Lake, RawCallRecord } from "../../local/lake/records.ts";
import { type WriteLakeOptions, writeLake } from "../../local/lake/write.ts";
import { type StackOptions, startStack } from "../../local/stack.ts";
import { requestToken } from "../../local/tokens.ts";
import { declareLake, HIVE_CATALOG } from "../../local/trino/lakes.ts";
import type { Question } from "../oracle.ts";
import { canariesOf, refuseCanaries } from "./canaries.ts";

/** A stack over a lake, and functions to send requests. Disposing ends it and deletes its files. */
export interface TestStack extends AsyncDisposable {
  readonly url: string;
  readonly issuer: string;
  readonly athena: string;
  readonly s3: string;
  readonly faults: Faults;
  /** What the functions have logged so far. */
  readonly log: () => string;
  /** A bearer token with these claims and lifetime in seconds. */
  token(claims: object, expiresIn?: number): Promise<string>;
  /** Runs the function that closes months. @throws FunctionError if the run failed */
  snapshot(event: unknown): Promise<unknown>;
  /** Runs the function that rolls up days. @throws FunctionError if the run failed */
  rollUp(event?: unknown): Promise<unknown>;
  /** Grants resellers to an account, instead of those that it had. */
  grant(account: string, resellerIds: readonly string[]): Promise<void>;
  /** Sends a whole request, by default to the report's path and with a token. */
  ask(request: AskOptions): Promise<Answer>;
  /** Sends a request of the oracle. */
  askQuestion(question: Question, accept?: string): Promise<Answer>;
}

export interface TestStackOptions extends Partial<Omit<StackOptions, "lake">> {
  /** Whether days may be rolled up, which a test must then do; else there is no rollup. */
  readonly rollsUp?: boolean;
}

export interface AskOptions {
  /** Of the report by default. */
  readonly path?: string;
  readonly query?: string;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** The reseller claim; undefined omits it from the token. */
  readonly claim?: unknown;
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

const REPORT = "/v1/reports/minutes-by-organization";
/** Seconds. Longer than deployed: on a busy machine a query may take longer, and no figure depends on it. */
const TIMEOUT = 120;
const FUNCTIONS = join(import.meta.dirname, "..", "..", "dist", "functions");

/**
 * Starts a stack over these records, written as Parquet, with free ports. When it ends, its log is searched for
 * everything that must not be in it: tokens, ids and names.
 */
export async function stackOver(
  lake: Lake<RawCallRecord>,
  layout: WriteLakeOptions = {},
  { rollsUp = false, ...options }: TestStackOptions = {},
): Promise<TestStack> {
  const directory = await mkdtemp(join(tmpdir(), "minutes-"));
  await writeLake(join(directory, "lake"), lake, layout);
  const engine = await engineOver(join(directory, "lake"));
  const stack = await startOver(engine, join(directory, "objects"), {
    ...options,
    lake: rollsUp ? join(directory, "lake") : undefined,
  });
  return {
    ...stack,
    [Symbol.asyncDispose]: async () => {
      await stack[Symbol.asyncDispose]();
      await engine.close();
      await rm(directory, { recursive: true });
      refuseCanaries(stack.log(), canariesOf(lake));
    },
  };
}

/** DuckDB, or the Trino that the test run has started. */
export async function engineOver(directory: string): Promise<Engine> {
  const trino = inject("trino");
  if (trino === undefined) return duckdbEngine(directory);
  const schema = `lake_${randomUUID().replaceAll("-", "")}`;
  await declareLake(trino, { schema, directory, earliestDate: "2020-01-01" });
  return trinoEngine({ url: trino.url, catalog: HIVE_CATALOG, schema });
}

/** Starts a stack over an engine, with free ports. */
export async function startOver(
  engine: Engine,
  objects: string,
  options: Partial<StackOptions>,
): Promise<TestStack> {
  let logged = "";
  const log = (text: string) => {
    logged += text;
  };
  const tokens: string[] = [];
  const requested = async (...request: Parameters<typeof requestToken>) => {
    const token = await requestToken(...request);
    tokens.push(token);
    return token;
  };
  const stack = await startStack({
    port: 0,
    engine,
    functions: FUNCTIONS,
    objects,
    log,
    timeout: TIMEOUT,
    ...options,
  });

  async function ask({
    path = REPORT,
    query = "",
    claim,
    headers = {},
    ...init
  }: AskOptions): Promise<Answer> {
    const token = await requested(stack.issuer, claim === undefined ? {} : { reseller_ids: claim });
    const response = await fetch(`${stack.url}${path}${query}`, {
      ...init,
      headers: { authorization: `Bearer ${token}`, ...headers },
    });
    return { status: response.status, headers: response.headers, text: await response.text() };
  }

  return {
    ...stack,
    log: () => logged,
    token: (claims, expiresIn) => requested(stack.issuer, claims, expiresIn),
    ask,
    askQuestion: (question, accept = "application/json") =>
      ask({ query: queryOf(question), claim: question.resellers, headers: { accept } }),
    [Symbol.asyncDispose]: async () => {
      await stack.close();
      refuseCanaries(
        logged,
        tokens.flatMap((token) => [token, ...token.split(".")]),
      );
    },
  };
}

/** The request as a query string. */
export function queryOf({ start_date, end_date, organization_ids, reseller_ids }: Question): string {
  const parameters = new URLSearchParams({ start_date, end_date });
  if (organization_ids) parameters.set("organization_ids", organization_ids.join(","));
  if (reseller_ids) parameters.set("reseller_ids", reseller_ids.join(","));
  return `?${parameters.toString()}`;
}
