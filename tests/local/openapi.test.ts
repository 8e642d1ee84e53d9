import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openApiDocument } from "../../infra/openapi/document.ts";
import { READERS_RESELLERS, recordExamples, STACK_OPTIONS } from "../../local/openapi/exchanges.ts";
import { withOutputs } from "../../local/openapi/guide.ts";
import { BUILT_FUNCTIONS, openLake } from "../../local/options.ts";
import { type Stack, startStack } from "../../local/stack.ts";
import { requestToken } from "../../local/tokens.ts";
import { publishedDocument } from "../published-contract.ts";

const GUIDE = join(import.meta.dirname, "../../docs/guide.md");
const TELL = "run npm run openapi, and read what it changes";

let running: AsyncDisposableStack;
let stack: Stack;
beforeAll(async () => {
  await using started = new AsyncDisposableStack();
  const objects = await mkdtemp(join(tmpdir(), "openapi-"));
  started.defer(() => rm(objects, { recursive: true }));
  const { engine } = await openLake({ engine: "duckdb" });
  started.defer(() => engine.close());
  const options = { port: 0, engine, functions: BUILT_FUNCTIONS, objects, log: () => {}, ...STACK_OPTIONS };
  stack = started.adopt(await startStack(options), (each) => each.close());
  running = started.move();
});
afterAll(() => running.disposeAsync());

test("the published contract is what the schemas say, with the sample lake's answers as they are", async () => {
  const fresh: unknown = JSON.parse(JSON.stringify(openApiDocument(await recordExamples(stack))));
  expect(fresh, TELL).toEqual(publishedDocument());
}, 120_000);

test("the guide shows what its examples print", async () => {
  stack.faults.set([]);
  const guide = await readFile(GUIDE, "utf8");
  const TOKEN = await requestToken(stack.issuer, { reseller_ids: READERS_RESELLERS });
  expect(guide.match(/```(json|csv)\n/g)?.length).toBeGreaterThan(8);
  expect(await withOutputs(guide, { API: stack.url, TOKEN }), TELL).toBe(guide);
});
