import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import * as z from "zod";
import { NOTICES_FILE, noticesOf, redocPackages } from "../notices/notices.ts";
import { guideText, withGuide } from "./guide.ts";

/** The logo of the renderer's maker, which the page would fetch from the maker's site. */
const FOREIGN_IMAGE = "https://cdn.redoc.ly/redoc/logo-mini.svg";

const contract = z.looseObject({ info: z.looseObject({}) });

/** Returns the documentation's files by path: the contract, the page that shows it, and both as plain text. */
export function documentationFiles(): Readonly<Record<string, { contentType: string; text: string }>> {
  const ours = (name: string) => readFileSync(join(import.meta.dirname, name), "utf8");
  const root = (name: string) => readFileSync(join(import.meta.dirname, "../..", name), "utf8");
  const published = withGuide(contract.parse(JSON.parse(root("docs/openapi.json"))));
  return {
    "/openapi.json": { contentType: "application/json", text: JSON.stringify(published) },
    "/llms.txt": { contentType: "text/plain; charset=utf-8", text: ours("llms.txt") },
    "/docs/guide.md": { contentType: "text/markdown; charset=utf-8", text: guideText() },
    "/docs/changelog.md": { contentType: "text/markdown; charset=utf-8", text: root("CHANGELOG.md") },
    "/docs": { contentType: "text/html; charset=utf-8", text: ours("page.html") },
    "/docs/page.css": { contentType: "text/css; charset=utf-8", text: ours("page.css") },
    "/docs/page.js": { contentType: "text/javascript; charset=utf-8", text: ours("page.js") },
    "/docs/redoc.js": { contentType: "text/javascript; charset=utf-8", text: renderer() },
    [`/docs/${NOTICES_FILE}`]: {
      contentType: "text/plain; charset=utf-8",
      text: Buffer.from(noticesOf(redocPackages())).toString(),
    },
  };
}

/** https://github.com/Redocly/redoc, changed to fetch nothing from other hosts. */
function renderer(): string {
  const path = createRequire(import.meta.url).resolve("redoc/bundles/redoc.standalone.js");
  const [before = "", after, ...more] = readFileSync(path, "utf8").split(FOREIGN_IMAGE);
  if (after === undefined || more.length > 0)
    throw new Error(`${path} has its maker's image at another address now`);
  return `${before}data:,${after}`;
}
