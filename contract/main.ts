/**
 * `npm run openapi`: builds docs/openapi.json from the schemas and the sample lake's answers, and updates the outputs
 * of the guide's examples. A new version gets a section in CHANGELOG.md. It writes nothing if a change for clients is
 * not reflected in the version.
 */
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { buildFunctions } from "../infra/build.ts";
import { ownStack } from "../local/own-stack.ts";
import { requestToken } from "../local/tokens.ts";
import { withVersion } from "./changelog.ts";
import { openApiDocument } from "./document.ts";
import { READERS_RESELLERS, recordExamples, STACK_OPTIONS } from "./exchanges.ts";
import { withOutputs } from "./guide.ts";
import { PublicationRefused, publish } from "./publish.ts";

const DOCS = join(import.meta.dirname, "..", "docs");
const CHANGELOG = join(DOCS, "..", "CHANGELOG.md");
const GUIDE = join(DOCS, "guide.md");
const PUBLISHED = join(DOCS, "openapi.json");

await buildFunctions();
await using stack = await ownStack(STACK_OPTIONS);
const examples = await recordExamples(stack);
stack.faults.set([]);
const TOKEN = await requestToken(stack.issuer, { reseller_ids: READERS_RESELLERS });
const guide = await withOutputs(await readFile(GUIDE, "utf8"), { API: stack.url, TOKEN });
const document = openApiDocument(examples);
const { version } = document.info;
try {
  const changes = await publish(PUBLISHED, document);
  await writeFile(GUIDE, guide);
  const day = new Date().toISOString().slice(0, 10);
  await writeFile(CHANGELOG, withVersion(await readFile(CHANGELOG, "utf8"), version, day, changes));
  console.log(`Wrote docs/openapi.json: ${document.info.title} ${version}.`);
} catch (error) {
  if (!(error instanceof PublicationRefused)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
