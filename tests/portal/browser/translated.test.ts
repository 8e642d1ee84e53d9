import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { TestStack } from "../../local/test-stack.ts";
import { APRIL, figures, launch, query, signIn, visit } from "./pages.ts";
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

/**
 * Does what Chromium's translator does: replaces each text node with its text in two `font` elements, once, or again
 * whenever the page changes. The text stays the same, so the page must read the same.
 */
const TRANSLATOR = `
  window.translate = (isContinuous) => {
    const walk = () => {
      const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
      const found = [];
      while (texts.nextNode()) found.push(texts.currentNode);
      for (const text of found) {
        if (text.data.trim() === "" || text.parentNode.closest("font, script, select")) continue;
        const outer = document.createElement("font");
        const inner = document.createElement("font");
        outer.append(inner);
        text.replaceWith(outer);
        inner.append(text.data);
      }
    };
    walk();
    if (isContinuous) new MutationObserver(walk).observe(document.body, { childList: true, subtree: true, characterData: true });
  };
`;

/** The page's text, without the time of loading, which differs each time. */
async function shownText(page: Page): Promise<string> {
  const text = await page.locator("main").innerText();
  const live = await page.locator("main > [role=status]").textContent();
  return `${live}\n${text}`.replaceAll(/Loaded at .*\n?/g, "");
}

const STEPS: readonly [name: string, act: (page: Page) => Promise<unknown>][] = [
  ["the previous month", (page) => page.getByRole("button", { name: "Previous month" }).click()],
  ["back to the closed month", (page) => page.getByRole("button", { name: "Next month" }).click()],
  ["the live report", (page) => page.getByRole("button", { name: "Live" }).click()],
  ["as billed", (page) => page.getByRole("button", { name: "As billed" }).click()],
  ["revision 1", (page) => page.getByLabel("Revision").selectOption("1")],
  [
    "another order",
    (page) => page.getByRole("columnheader", { name: "Organization" }).getByRole("button").click(),
  ],
  [
    "an open organization",
    (page) => page.locator(".line", { hasText: "Acme Dental" }).getByRole("button").click(),
  ],
  ["a search", (page) => page.getByRole("searchbox").fill("acme")],
  ["the next month", (page) => page.getByRole("button", { name: "Next month" }).click()],
  ["a search that finds nothing", (page) => page.getByRole("searchbox").fill("nobody")],
  ["no search", (page) => page.getByRole("searchbox").fill("")],
];

describe.each([
  ["once", false],
  ["again after each change", true],
])("a page whose text another program replaces %s", (_, isContinuous) => {
  test("shows the same figures, labels and headings as an unchanged one, after every step", async () => {
    await using plain = await visit(browser);
    await using translated = await visit(browser);
    await translated.page.addInitScript(TRANSLATOR);
    for (const { page } of [plain, translated]) {
      await signIn(page, stack);
      await figures(page);
    }
    await translated.page.evaluate(`translate(${isContinuous})`);
    expect(await translated.page.locator(".totals font").count()).toBeGreaterThan(0);
    for (const [name, act] of STEPS) {
      for (const { page } of [plain, translated]) {
        await act(page);
        await page.waitForTimeout(50);
        await figures(page);
      }
      await expect.poll(() => query(translated.page), { message: name }).toBe(query(plain.page));
      await expect
        .poll(() => shownText(translated.page), { message: name })
        .toBe(await shownText(plain.page));
    }
    expect(translated.problems).toEqual([]);
  });
});

test("the page never changes a text node, because a program that replaced it would hide the change", async () => {
  await using tab = await visit(browser);
  await signIn(tab.page, stack, APRIL);
  await figures(tab.page);
  await tab.page.evaluate(`
    window.changed = [];
    new MutationObserver((all) => { for (const { target } of all) changed.push(target.data); })
      .observe(document.body, { characterData: true, subtree: true });
  `);
  for (const [, act] of STEPS) {
    await act(tab.page);
    await tab.page.waitForTimeout(50);
    await figures(tab.page);
  }
  expect(await tab.page.evaluate("changed")).toEqual([]);
});
