import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parseDays } from "../../../portal/days.ts";
import { sumOf } from "../../../portal/report.ts";
import { NORTH, SOUTH } from "../../local/fixture.ts";
import type { TestStack } from "../../local/test-stack.ts";
import { APRIL, figures, headings, launch, query, signIn, visit } from "./pages.ts";
import { EAST } from "./portal-lake.ts";
import { closeApril, portalStack } from "./portal-stack.ts";

let browser: Browser;
let stack: TestStack;
beforeAll(async () => {
  browser = await launch();
  stack = await portalStack();
});
afterAll(async () => {
  await browser.close();
  await stack[Symbol.asyncDispose]();
});

const EVERYONE = [NORTH, SOUTH, EAST];
const BY_DAY = "/v1/reports/minutes-by-day?start_date=2026-04-01&end_date=2026-04-30";
const minutes = new Intl.NumberFormat("en-GB", { minimumFractionDigits: 2, maximumFractionDigits: 2 });

async function daysOf(claim: readonly string[], more = "") {
  const { text } = await stack.ask({ path: `${BY_DAY}${more}`, claim });
  return parseDays(JSON.parse(text), "2026-04-01", "2026-04-30");
}

async function table(page: Page): Promise<string[][]> {
  await page.getByText("Show as a table").click();
  const cells = await page.locator(".trend-table tbody tr").allInnerTexts();
  return cells.map((text) => text.split(/\s*[\n\t]\s*/));
}

describe("usage by day", () => {
  test("has the API's figure of each day, and they add up to the total above it", async () => {
    await using tab = await visit(browser);
    await signIn(tab.page, stack);
    await figures(tab.page);
    const days = await daysOf(EVERYONE);
    const shown = await table(tab.page);
    expect(shown.map(([, minute, calls]) => [minute, calls])).toEqual(
      days.map(({ seconds, calls }) => [minutes.format(seconds / 60), String(calls)]),
    );
    const exact = `exactly ${new Intl.NumberFormat("en-GB").format(sumOf(days))} seconds`;
    await expect.poll(() => tab.page.locator(".totals .main dd").last().textContent()).toBe(exact);
    expect(await tab.page.locator(".days-plot rect").count()).toBe(30);
    expect(tab.problems).toEqual([]);
  });

  test("is limited to the selected resellers", async () => {
    await using tab = await visit(browser);
    await signIn(tab.page, stack, `${APRIL}&resellers=${SOUTH}`);
    await figures(tab.page);
    const days = await daysOf(EVERYONE, `&reseller_ids=${SOUTH}`);
    expect((await table(tab.page)).map(([, minute]) => minute)).toEqual(
      days.map(({ seconds }) => minutes.format(seconds / 60)),
    );
  });

  test("reads each day by keyboard, with the same day of the previous period, and opens it by Enter", async () => {
    await using tab = await visit(browser);
    const { page } = tab;
    await signIn(page, stack);
    await figures(page);
    const control = page.getByRole("slider", { name: "Day" });
    await control.focus();
    await page.keyboard.press("Home");
    for (let day = 1; day < 10; day += 1) await page.keyboard.press("ArrowRight");
    const days = await daysOf(EVERYONE);
    const tenth = minutes.format((days[9]?.seconds ?? 0) / 60);
    await expect
      .poll(() => control.getAttribute("aria-valuetext"))
      .toContain(`10 April 2026: ${tenth} minutes`);
    await expect.poll(() => page.locator(".readout").innerText()).toContain("10 March 2026:");
    await page.keyboard.press("Enter");
    await expect.poll(() => query(page)).toBe("?start_date=2026-04-10&end_date=2026-04-10");
    await expect.poll(() => page.locator("#period").textContent()).toContain("10 April 2026");
    await page.goBack();
    await expect.poll(() => query(page)).toBe(APRIL);
  });

  test.each([0, 9, 20, 29])("opens day %i when its bar is clicked", async (index) => {
    await using tab = await visit(browser);
    const { page } = tab;
    await signIn(page, stack);
    await figures(page);
    const box = await page.locator(".days-plot svg").boundingBox();
    if (box === null) throw new Error("no chart");
    await page.mouse.click(box.x + (box.width * (index + 0.2)) / 30, box.y + box.height - 5);
    const day = `2026-04-${String(index + 1).padStart(2, "0")}`;
    await expect.poll(() => query(page)).toBe(`?start_date=${day}&end_date=${day}`);
  });

  test("is explored by touch without leaving the view; a button opens the day", async () => {
    await using tab = await visit(browser, { hasTouch: true, viewport: { width: 360, height: 780 } });
    const { page } = tab;
    await signIn(page, stack);
    await figures(page);
    await page.locator(".days-plot").scrollIntoViewIfNeeded();
    const box = await page.locator(".days-plot svg").boundingBox();
    if (box === null) throw new Error("no chart");
    await page.touchscreen.tap(box.x + (box.width * 9.5) / 30, box.y + box.height / 2);
    await expect.poll(() => page.locator(".readout").innerText()).toContain("10 April 2026");
    await expect.poll(() => query(page)).toBe(APRIL);
    await page.getByRole("button", { name: "Open this day" }).click();
    await expect.poll(() => query(page)).toBe("?start_date=2026-04-10&end_date=2026-04-10");
  });

  test("that cannot be loaded says so, and hides no other figure", async () => {
    await using tab = await visit(browser);
    await tab.page.route("**/v1/reports/minutes-by-day**", (route) =>
      route.fulfill({ status: 500, json: {} }),
    );
    await signIn(tab.page, stack);
    await figures(tab.page);
    await tab.page.getByText("The days could not be loaded.").waitFor();
    await expect.poll(() => tab.page.locator(".line").count()).toBeGreaterThan(3);
  });

  test("beside a bill says that it is from the live report", async () => {
    await using closed = await portalStack();
    await closeApril(closed);
    await using tab = await visit(browser);
    await signIn(tab.page, closed);
    await figures(tab.page);
    await expect.poll(() => headings(tab.page)).toContain("Usage by day, from the live report");
  });
});
