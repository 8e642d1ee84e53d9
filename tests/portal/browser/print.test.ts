import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { BUILT_PORTAL } from "../../../local/options.ts";
import { NORTH } from "../../local/fixture.ts";
import { stackOver, type TestStack } from "../../local/test-stack.ts";
import { largeLake } from "./large-lake.ts";
import { APRIL, figures, launch, signIn, visit } from "./pages.ts";
import { closeApril, portalStack } from "./portal-stack.ts";

const ORGANIZATIONS = 400;

let browser: Browser;
let closed: TestStack;
let large: TestStack;
let folder: string;
beforeAll(async () => {
  browser = await launch();
  folder = await mkdtemp(join(tmpdir(), "print-"));
  [closed, large] = await Promise.all([
    portalStack(),
    stackOver(largeLake(ORGANIZATIONS, 6), {}, { portal: BUILT_PORTAL }),
  ]);
  await closeApril(closed);
});
afterAll(async () => {
  await browser.close();
  await closed[Symbol.asyncDispose]();
  await large[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});

/** The pages of the printed PDF, as poppler reads their text. */
async function printed(page: Page): Promise<string[]> {
  const path = join(folder, "page.pdf");
  await writeFile(path, await page.pdf({ format: "A4", preferCSSPageSize: true }));
  const { stdout } = await promisify(execFile)("pdftotext", ["-layout", path, "-"], {
    maxBuffer: 100_000_000,
  });
  return stdout.split("\f").slice(0, -1);
}

describe("printing", () => {
  test("contains every organization and agent, in the order of the table, although 60 lines are on the screen", async () => {
    await using tab = await visit(browser);
    await signIn(tab.page, large);
    await figures(tab.page);
    const pages = await printed(tab.page);
    const { text } = await large.ask({
      path: "/v1/reports/minutes-by-organization?start_date=2026-04-01&end_date=2026-04-30",
      claim: largeLake(1, 1).resellers.map(({ reseller_id }) => reseller_id),
    });
    const names = [...text.matchAll(/"organization_name":"([^"]+)"/g)].map(([, name]) => name ?? "");
    expect(names.length).toBe(ORGANIZATIONS);
    const all = pages.join("\n");
    const places = names.map((name) => all.search(new RegExp(`^\\s*${name.replace("&", "&")}\\s`, "m")));
    expect(places.filter((place) => place < 0)).toEqual([]);
    expect(places).toEqual(places.toSorted((a, b) => a - b));
    const lines = all.split("\n").filter((line) => /\d+\.\d\d\s+[\d,]+\s+\d/.test(line));
    expect(lines.length).toBe(ORGANIZATIONS * 7);
    expect(await tab.page.locator(".paper").count()).toBe(0);
  });

  test("breaks pages between organizations, and repeats the head of the table on each", async () => {
    await using tab = await visit(browser);
    await signIn(tab.page, large);
    await figures(tab.page);
    const pages = await printed(tab.page);
    expect(pages.length).toBeGreaterThan(20);
    for (const text of pages) {
      expect(text).toContain("Organization and agents");
      const rows = text.split("\n").filter((line) => /\d+\.\d\d\s+[\d,]+\s+\d/.test(line));
      // An organization and its six agents: a page has all seven lines or none.
      expect(rows.length % 7).toBe(0);
    }
  });

  test("is a complete document: partner, period, revision, instant, adjustments, and no controls", async () => {
    await using tab = await visit(browser);
    await signIn(tab.page, closed, `${APRIL}&resellers=${NORTH}`, "Northwind Voice");
    await figures(tab.page);
    const text = (await printed(tab.page)).join("\n");
    for (const part of [
      /Partner\s+Northwind Voice/,
      /Reseller\s+Northwind Voice/,
      /Period\s+2026-04-01 to 2026-04-30, both days included, UTC/,
      /revision 2, as of 12 May 2026 at 06:00 UTC/,
      /adjustments? to revision 1/,
      /Anna\s+1\.02\s+1\.00\s+-0\.02\s+-1/,
    ]) {
      expect(text).toMatch(part);
    }
    for (const control of ["Sign out", "Refresh", "Download", "Search", "Live", "Previous month"]) {
      expect(text).not.toContain(control);
    }
  });

  test("says so if a search narrows what it prints", async () => {
    await using tab = await visit(browser);
    await signIn(tab.page, closed, `${APRIL}&q=dental`);
    await figures(tab.page);
    const text = (await printed(tab.page)).join("\n");
    expect(text).toMatch(/Search\s+“dental”: 1 organization of \d+/);
  });

  test("of a page without figures contains its message", async () => {
    await using tab = await visit(browser);
    await signIn(tab.page, closed, "?start_date=2026-04-10&end_date=2026-04-01");
    await tab.page.getByRole("heading", { name: "These days cannot be shown" }).waitFor();
    expect((await printed(tab.page)).join("\n")).toContain("These days cannot be shown");
  });
});
