import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { TestStack } from "../../local/test-stack.ts";
import { APRIL, figures, launch, signIn, visit } from "./pages.ts";
import { closeApril, portalStack } from "./portal-stack.ts";

let browser: Browser;
let stack: TestStack;
beforeAll(async () => {
  browser = await launch();
  stack = await portalStack();
  await closeApril(stack);
});
afterAll(async () => {
  await browser.close();
  await stack[Symbol.asyncDispose]();
});

/** The element with the focus: its id or its text. */
function focused(page: Page): Promise<unknown> {
  return page.evaluate(
    "document.activeElement === document.body ? 'nothing' : document.activeElement.id || document.activeElement.getAttribute('aria-label') || document.activeElement.className || document.activeElement.textContent.trim()",
  );
}

const CONTROLS: readonly [name: string, id: string, use: (page: Page) => Promise<unknown>][] = [
  ["Live", "figures-live", (page) => page.keyboard.press("Enter")],
  ["As billed", "figures-billed", (page) => page.keyboard.press("Enter")],
  ["Refresh", "refresh", (page) => page.keyboard.press("Enter")],
  ["Download CSV", "download", (page) => page.keyboard.press("Enter")],
  ["Revision", "revision", (page) => page.locator("#revision").selectOption("1")],
];

describe("the focus", () => {
  test.each(CONTROLS)("stays on %s when it is used by keyboard, and is never lost", async (_, id, use) => {
    await using tab = await visit(browser);
    const { page } = tab;
    await signIn(page, stack, id === "figures-billed" ? `${APRIL}&figures=live` : APRIL);
    await figures(page);
    await page.locator(`#${id}`).focus();
    await page.route("**/v1/**", async (route) => {
      await new Promise((resolve) => setTimeout(resolve, 300));
      await route.continue();
    });
    await use(page);
    for (let look = 0; look < 5; look += 1) {
      await page.waitForTimeout(60);
      expect(await focused(page)).not.toBe("nothing");
    }
    await figures(page);
    await page.getByText("Preparing the file").waitFor({ state: "detached" });
    await expect.poll(() => focused(page)).toBe(id);
  });

  test("stays near a button that disappears when it is used", async () => {
    await using tab = await visit(browser);
    const { page } = tab;
    await signIn(page, stack, `${APRIL}&q=nobody`);
    await figures(page);
    await page.getByRole("button", { name: "Clear the search" }).focus();
    await page.keyboard.press("Enter");
    await page.locator(".organizations .line").first().waitFor();
    await expect.poll(() => focused(page)).toBe("organizations");
    await page.keyboard.press("Tab");
    await expect.poll(() => focused(page)).toContain("Organization");
  });

  test("stays on Show when other days are requested, and on the reseller menu's button", async () => {
    await using tab = await visit(browser);
    const { page } = tab;
    await signIn(page, stack, "?start_date=2026-04-10&end_date=2026-04-12");
    await figures(page);
    await page.getByLabel("From").fill("2026-04-09");
    await page.getByRole("button", { name: "Show", exact: true }).focus();
    await page.keyboard.press("Enter");
    await expect.poll(() => page.locator("#period").textContent()).toContain("9 to 12 April 2026");
    await expect.poll(() => focused(page)).toContain("secondary");
    await page.locator(".menu summary").click();
    await page.getByRole("checkbox", { name: "Southern Cross" }).check();
    await page.getByRole("button", { name: "All resellers" }).focus();
    await page.keyboard.press("Enter");
    await figures(page);
    await expect.poll(() => focused(page)).toContain("plain");
  });

  test("is not taken from a reader who has moved on", async () => {
    await using tab = await visit(browser);
    const { page } = tab;
    await signIn(page, stack);
    await figures(page);
    await page.route("**/v1/**", async (route) => {
      await new Promise((resolve) => setTimeout(resolve, 300));
      await route.continue();
    });
    await page.locator("#figures-live").click();
    await page.getByRole("searchbox").focus();
    await figures(page);
    expect(await page.evaluate("document.activeElement.type")).toBe("search");
  });
});
