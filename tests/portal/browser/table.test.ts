import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { DENTAL, NORTH } from "../../local/fixture.ts";
import type { TestStack } from "../../local/test-stack.ts";
import { APRIL, figures, launch, names, query, signIn, type Visit, visit, WIDTHS } from "./pages.ts";
import { EAST, HARD_NAMES } from "./portal-lake.ts";
import { portalStack } from "./portal-stack.ts";

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

async function opened(asked = APRIL, partner = "Head office"): Promise<Visit> {
  const tab = await visit(browser);
  await signIn(tab.page, stack, asked, partner);
  await figures(tab.page);
  return tab;
}

const KEY = `${DENTAL}.${NORTH}`;

describe("the table", () => {
  test("begins with the largest, and sorts by any column, both ways", async () => {
    await using tab = await opened(APRIL, "Northwind Voice");
    await expect
      .poll(() => names(tab.page))
      .toEqual(["Acme Dental", "000000b4-0000-4000-8000-000000000000", "Silent Library"]);
    const header = tab.page.getByRole("columnheader", { name: "Organization" });
    await header.getByRole("button").click();
    await expect.poll(() => header.getAttribute("aria-sort")).toBe("ascending");
    const ascending = await names(tab.page);
    expect(ascending).toEqual([...ascending].sort((a, b) => a.localeCompare(b)));
    await header.getByRole("button").click();
    await expect.poll(() => names(tab.page)).toEqual(ascending.toReversed());
    await expect.poll(() => query(tab.page)).toBe(`${APRIL}&sort=name-desc`);
    await tab.page.getByRole("columnheader", { name: "Change" }).getByRole("button").click();
    await expect.poll(async () => (await names(tab.page)).at(-1)).toBe("Acme Dental");
  });

  test("opens a line to its agents by keyboard, and keeps it in the address", async () => {
    await using tab = await opened(APRIL, "Northwind Voice");
    const button = tab.page.getByRole("button", { name: "Acme Dental" });
    await button.focus();
    await tab.page.keyboard.press("Enter");
    await expect.poll(() => button.getAttribute("aria-expanded")).toBe("true");
    await expect
      .poll(() => tab.page.locator(".inner .title").allTextContents())
      .toEqual([
        "Boris",
        "Unassigned",
        "Anna",
        "000000c9-0000-4000-8000-000000000000",
        "000000c7-0000-4000-8000-000000000000",
      ]);
    await expect.poll(() => query(tab.page)).toBe(`${APRIL}&open=${KEY}`);
    await tab.page.keyboard.press("Enter");
    await expect.poll(() => button.getAttribute("aria-expanded")).toBe("false");
    await expect.poll(() => query(tab.page)).toBe(APRIL);
  });

  test("finds by name without case and accents, by reseller and by id, and counts the matches", async () => {
    await using tab = await opened();
    const search = tab.page.getByRole("searchbox");
    await search.fill("ZÜRICH");
    await expect.poll(() => names(tab.page)).toEqual([HARD_NAMES.at(-1)]);
    await search.fill("northwind acme");
    await expect.poll(() => names(tab.page)).toEqual(["Acme Dental"]);
    await expect
      .poll(() => tab.page.locator(".organizations [role=status]").textContent())
      .toMatch(/^1 organization found/);
    await search.fill(DENTAL.slice(0, 12));
    await expect.poll(() => names(tab.page)).toEqual(["Acme Dental"]);
    await search.fill("nobody");
    await tab.page.getByRole("button", { name: "Clear the search" }).click();
    await expect.poll(() => names(tab.page)).toContain("Silent Library");
    await expect.poll(() => query(tab.page)).toBe(APRIL);
  });

  test("shows names that are long, right-to-left or full of markup unchanged, and runs none of them", async () => {
    await using tab = await opened(`${APRIL}&resellers=${EAST}&sort=name-asc`);
    await expect.poll(async () => new Set(await names(tab.page))).toEqual(new Set(HARD_NAMES));
    await expect.poll(() => tab.page.title()).toBe("April 2026 · Voice minutes");
    for (const [name, size] of Object.entries(WIDTHS)) {
      await tab.page.setViewportSize(size);
      const overflow = await tab.page.evaluate("document.documentElement.scrollWidth - innerWidth");
      expect(overflow, name).toBeLessThanOrEqual(0);
    }
    expect(tab.problems).toEqual([]);
  });

  test("fits the width of a phone, whatever is open", async () => {
    await using tab = await visit(browser, { viewport: WIDTHS.phone });
    await signIn(tab.page, stack, `${APRIL}&open=${KEY}`);
    await figures(tab.page);
    await tab.page.locator(".inner").waitFor();
    expect(await tab.page.evaluate("document.documentElement.scrollWidth")).toBe(360);
    await tab.page.locator(".menu summary").click();
    expect(await tab.page.evaluate("document.documentElement.scrollWidth")).toBe(360);
  });
});

describe("the address", () => {
  test("shows the same view to everybody who opens it", async () => {
    const asked = `${APRIL}&resellers=${NORTH}&q=dental&sort=name-desc&open=${KEY}`;
    await using tab = await opened(asked);
    await expect.poll(() => names(tab.page)).toEqual(["Acme Dental"]);
    await expect.poll(() => tab.page.locator(".inner").count()).toBe(1);
    await expect.poll(() => tab.page.getByRole("searchbox").inputValue()).toBe("dental");
    await expect.poll(() => tab.page.locator(".menu summary").textContent()).toBe("Northwind Voice");
    await expect.poll(() => query(tab.page)).toBe(asked);
  });

  test("goes back and forth with the browser's buttons, step by step", async () => {
    await using tab = await opened();
    const heading = () => tab.page.locator("#period").textContent();
    await tab.page.getByRole("button", { name: "Previous month" }).click();
    await expect.poll(heading).toContain("March 2026");
    await tab.page.getByRole("columnheader", { name: "Organization" }).getByRole("button").click();
    await tab.page.goBack();
    await expect.poll(() => query(tab.page)).toBe("?month=2026-03");
    await tab.page.goBack();
    await expect.poll(heading).toContain("April 2026");
    await tab.page.goForward();
    await expect.poll(heading).toContain("March 2026");
    expect(tab.problems).toEqual([]);
  });
});
