import { readFile } from "node:fs/promises";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parseReport, sumOf } from "../../../portal/report.ts";
import { NORTH, SOUTH } from "../../local/fixture.ts";
import type { TestStack } from "../../local/test-stack.ts";
import { APRIL, figures, launch, query, signIn, visit } from "./pages.ts";
import { EAST } from "./portal-lake.ts";
import { closeApril, portalStack } from "./portal-stack.ts";

const EVERYONE = [NORTH, SOUTH, EAST];
const DAYS = "start_date=2026-04-01&end_date=2026-04-30";

let browser: Browser;
let open: TestStack;
let closed: TestStack;
beforeAll(async () => {
  browser = await launch();
  [open, closed] = await Promise.all([portalStack(), portalStack()]);
  await closeApril(closed);
});
afterAll(async () => {
  await browser.close();
  await open[Symbol.asyncDispose]();
  await closed[Symbol.asyncDispose]();
});

/** Exact seconds of the API's own answer. */
async function secondsOf(stack: TestStack, path: string, claim = EVERYONE): Promise<number> {
  const { text } = await stack.ask({ path, claim });
  return sumOf(parseReport(JSON.parse(text)).organizations);
}

async function shownSeconds(page: Page): Promise<string | null> {
  return page.locator(".totals .main dd").last().textContent();
}

function asShown(seconds: number): string {
  return `exactly ${new Intl.NumberFormat("en-GB").format(seconds)} seconds`;
}

/** The file that the button saves, after its byte order mark. */
async function saved(page: Page): Promise<{ name: string; text: string }> {
  const [download] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("button", { name: "Download CSV" }).click(),
  ]);
  const text = await readFile(await download.path(), "utf8");
  expect(text.startsWith("\ufeff")).toBe(true);
  return { name: download.suggestedFilename(), text: text.slice(1) };
}

const LIVE = `/v1/reports/minutes-by-organization?${DAYS}`;
const BILL = "/v1/billing/snapshots/2026-04";

describe("the figures", () => {
  test("add up to the API's total, and count what it lists", async () => {
    await using tab = await visit(browser);
    await signIn(tab.page, open);
    await figures(tab.page);
    await expect.poll(() => shownSeconds(tab.page)).toBe(asShown(await secondsOf(open, LIVE)));
    const { text } = await open.ask({ path: LIVE, claim: EVERYONE });
    const { organizations } = parseReport(JSON.parse(text));
    const agents = organizations.reduce((sum, { agentCount }) => sum + agentCount, 0);
    const shown = tab.page.locator(".totals .figure");
    await expect
      .poll(async () => (await shown.allTextContents()).slice(-2))
      .toEqual([String(organizations.length), String(agents)]);
  });

  test("of some resellers equal the API's for these resellers", async () => {
    await using tab = await visit(browser);
    await signIn(tab.page, open);
    await figures(tab.page);
    await tab.page.locator(".menu summary").click();
    await tab.page.getByRole("checkbox", { name: "Southern Cross" }).check();
    await expect.poll(() => query(tab.page)).toBe(`${APRIL}&resellers=${SOUTH}`);
    const asked = `${LIVE}&reseller_ids=${SOUTH}`;
    await expect.poll(() => shownSeconds(tab.page)).toBe(asShown(await secondsOf(open, asked)));
    const { text } = await open.ask({ path: asked, claim: EVERYONE, headers: { accept: "text/csv" } });
    expect((await saved(tab.page)).text).toBe(text);
  });

  test("are shown beside those of the month before, with the change", async () => {
    await using tab = await visit(browser);
    await signIn(tab.page, open, APRIL, "Northwind Voice");
    await figures(tab.page);
    const row = tab.page.locator(".line", { hasText: "Acme Dental" });
    // 1,050 s in March; in April 60 + 0 + 30 + 90 s, and 0 to 29 s more, a day each.
    await expect.poll(() => row.locator(".previous").textContent()).toBe("17.50");
    await expect.poll(() => row.locator(".minutes").textContent()).toBe("10.25");
    await expect.poll(() => row.locator(".change").textContent()).toBe("-41.4%");
    await expect.poll(() => tab.page.locator(".totals dt").allTextContents()).toContain("March 2026");
  });

  test("of days are shown beside as many days before them", async () => {
    await using tab = await visit(browser);
    await signIn(tab.page, open, "?start_date=2026-04-10&end_date=2026-04-12");
    await figures(tab.page);
    await expect.poll(() => tab.page.locator("#period").textContent()).toBe("10 to 12 April 2026 ");
    await expect.poll(() => tab.page.locator(".totals dt").allTextContents()).toContain("7 to 9 April 2026");
  });

  test("say that there is no previous period at the beginning of the data", async () => {
    await using tab = await visit(browser);
    await signIn(tab.page, open, "?month=2020-01");
    await tab.page.getByRole("heading", { name: "No calls in January 2020" }).waitFor();
    await expect
      .poll(() => tab.page.locator(".totals").textContent())
      .toContain("The data begins on 2020-01-01");
  });

  test("are written in the reader's own locale", async () => {
    await using tab = await visit(browser, { locale: "de-DE" });
    await signIn(tab.page, open, APRIL, "Northwind Voice");
    await figures(tab.page);
    await expect.poll(() => tab.page.locator(".line .minutes").first().textContent()).toMatch(/^\d+,\d\d$/);
  });
});

describe("a closed month", () => {
  test("shows what is billed, says so with revision and instant, and lists the adjustments", async () => {
    await using tab = await visit(browser);
    await signIn(tab.page, closed);
    await figures(tab.page);
    await expect.poll(() => tab.page.locator(".badge").textContent()).toBe("Closed");
    await expect
      .poll(() => tab.page.locator(".standing").textContent())
      .toContain("Billed figures: revision 2, as of 12 May 2026 at 06:00 UTC.");
    await expect.poll(() => shownSeconds(tab.page)).toBe(asShown(await secondsOf(closed, BILL)));
    await tab.page.locator(".adjustments summary").click();
    for (const part of [
      "2 adjustments to revision 1",
      "+0.98 minutes +59 s",
      "Anna",
      "-1 s",
      "Unassigned",
      "+60 s",
    ]) {
      await expect.poll(() => tab.page.locator(".adjustments").textContent()).toContain(part);
    }
  });

  test("shows an older revision, and the live report, on request", async () => {
    await using tab = await visit(browser);
    await signIn(tab.page, closed);
    await figures(tab.page);
    await tab.page.getByLabel("Revision").selectOption("1");
    await expect.poll(() => query(tab.page)).toBe(`${APRIL}&revision=1`);
    await expect
      .poll(() => shownSeconds(tab.page))
      .toBe(asShown(await secondsOf(closed, `${BILL}?revision=1`)));
    await expect.poll(() => tab.page.locator(".adjustments").count()).toBe(0);
    await tab.page.getByRole("button", { name: "Live" }).click();
    await expect.poll(() => tab.page.locator(".badge").textContent()).toBe("Live");
    await expect.poll(() => query(tab.page)).toBe(`${APRIL}&figures=live`);
    await expect.poll(() => shownSeconds(tab.page)).toBe(asShown(await secondsOf(closed, LIVE)));
  });

  test("saves the bill's own CSV; an open one is marked as such, and saves the report's", async () => {
    await using tab = await visit(browser);
    await signIn(tab.page, closed);
    await figures(tab.page);
    const headers = { accept: "text/csv" };
    const bill = await closed.ask({ path: BILL, claim: EVERYONE, headers });
    expect(await saved(tab.page)).toEqual({
      name: "minutes-by-organization_2026-04_revision-2.csv",
      text: bill.text,
    });
    await tab.page.getByRole("button", { name: "Next month" }).click();
    await expect.poll(() => tab.page.locator(".badge").textContent()).toBe("So far");
    const may = await closed.ask({
      path: "/v1/reports/minutes-by-organization?start_date=2026-05-01&end_date=2026-05-31",
      claim: EVERYONE,
      headers,
    });
    expect(await saved(tab.page)).toEqual({
      name: "minutes-by-organization_2026-05-01_2026-05-31.csv",
      text: may.text,
    });
    expect(tab.problems).toEqual([]);
  });
});
