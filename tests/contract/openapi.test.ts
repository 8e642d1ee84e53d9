import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openApiDocument } from "../../contract/document.ts";
import { READERS_RESELLERS, recordExamples, STACK_OPTIONS } from "../../contract/exchanges.ts";
import { withOutputs } from "../../contract/guide.ts";
import { withGuide } from "../../infra/documentation/guide.ts";
import { ownStack } from "../../local/own-stack.ts";
import { requestToken } from "../../local/tokens.ts";
import { publishedDocument } from "../published-contract.ts";

const GUIDE = join(import.meta.dirname, "../../docs/guide.md");
const TELL = "run npm run openapi, and read what it changes";

let stack: Awaited<ReturnType<typeof ownStack>>;
beforeAll(async () => {
  stack = await ownStack(STACK_OPTIONS);
});
afterAll(() => stack[Symbol.asyncDispose]());

test("the published contract matches the schemas and the sample lake's present answers", async () => {
  const document = withGuide(openApiDocument(await recordExamples(stack)));
  const fresh: unknown = JSON.parse(JSON.stringify(document));
  expect(fresh, TELL).toEqual(publishedDocument());
}, 120_000);

test("the guide shows what its examples print", async () => {
  stack.faults.set([]);
  const guide = await readFile(GUIDE, "utf8");
  const TOKEN = await requestToken(stack.issuer, { reseller_ids: READERS_RESELLERS });
  expect(guide.match(/```(json|csv)\n/g)?.length).toBeGreaterThan(8);
  expect(await withOutputs(guide, { API: stack.url, TOKEN }), TELL).toBe(guide);
});
