import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import * as z from "zod";
import type { TestStack } from "../../local/test-stack.ts";
import { figures, launch, signIn, visit } from "./pages.ts";
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

const look = z.object({ background: z.string(), color: z.string(), border: z.string() });

/** How an element is painted, as the browser resolves it. */
async function lookOf(page: Page, selector: string) {
  await page.locator(selector).first().waitFor();
  const style = await page.evaluate(`(() => {
    const { backgroundColor, color, borderTopWidth, borderTopStyle, borderTopColor } =
      getComputedStyle(document.querySelector(${JSON.stringify(selector)}));
    return { background: backgroundColor, color, border: [borderTopWidth, borderTopStyle, borderTopColor].join(" ") };
  })()`);
  return look.parse(style);
}

describe.each(["light", "dark"] as const)("with forced colours, %s,", (colorScheme) => {
  const opened = async () => {
    const tab = await visit(browser, { forcedColors: "active", colorScheme });
    await signIn(tab.page, stack);
    await figures(tab.page);
    return tab;
  };

  test("the chosen side of each switch differs from the other side", async () => {
    await using tab = await opened();
    const { page } = tab;
    expect(await page.evaluate("matchMedia('(forced-colors: active)').matches")).toBe(true);
    const [month, days] = [".days label:nth-of-type(1) span", ".days label:nth-of-type(2) span"];
    const [billed, live] = ["#figures-billed", "#figures-live"];
    expect((await lookOf(page, month)).background).not.toBe((await lookOf(page, days)).background);
    expect((await lookOf(page, billed)).background).not.toBe((await lookOf(page, live)).background);
    await page.locator(live).click();
    await expect.poll(() => page.locator(".badge").allTextContents()).toEqual(["Live"]);
    await figures(page);
    expect((await lookOf(page, live)).background).not.toBe((await lookOf(page, billed)).background);
  });

  test("bars are visible, and the present period differs from the previous one", async () => {
    await using tab = await opened();
    const { page } = tab;
    const { background: surface } = await lookOf(page, ".chart");
    const present = await lookOf(page, ".bars .present");
    const previous = await lookOf(page, ".bars .previous");
    const share = await lookOf(page, ".bar span");
    expect(present.background).not.toBe(surface);
    expect(share.background).not.toBe(surface);
    expect(previous.border).toMatch(/^1px solid/);
    expect(previous.background).not.toBe(present.background);
  });

  test("every control has an edge or is underlined", async () => {
    await using tab = await opened();
    const bare = await tab.page.evaluate(`
      [...document.querySelectorAll("button, select, input:not([type=radio], [type=range]), summary")]
        .filter((element) => element.getClientRects().length > 0)
        .filter((element) => {
          const own = getComputedStyle(element);
          const edge = (style) => style.borderTopStyle !== "none" && style.borderTopWidth !== "0px";
          const around = element.closest(".segments, .stepper, .adjustments, .line, thead, .menu");
          return !edge(own) && own.textDecorationLine !== "underline" && around === null;
        })
        .map((element) => element.outerHTML.slice(0, 80))
    `);
    expect(bare).toEqual([]);
  });
});
