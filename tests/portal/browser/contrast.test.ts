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

/** The relative luminance of a colour such as `rgb(44, 122, 120)` (WCAG 2.2). */
function luminance(colour: string): number {
  const [red = 0, green = 0, blue = 0] = (colour.match(/[\d.]+/g) ?? []).map((part) => {
    const value = Number(part) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function contrast(one: string, other: string): number {
  const [dark = 0, light = 0] = [luminance(one), luminance(other)].toSorted((a, b) => a - b);
  return (light + 0.05) / (dark + 0.05);
}

describe.each(["light", "dark"] as const)("in colours, %s,", (colorScheme) => {
  test("every bar and line differs from what is behind it by 3 to 1, and the chosen day from the others", async () => {
    await using tab = await visit(browser, { colorScheme });
    const { page } = tab;
    await signIn(page, stack);
    await figures(page);
    const colourOf = async (selector: string, property: string) => {
      await page.locator(selector).first().waitFor({ state: "attached" });
      const query = JSON.stringify(selector);
      return String(await page.evaluate(`getComputedStyle(document.querySelector(${query})).${property}`));
    };
    const behind = await colourOf(".trend", "backgroundColor");
    const painted = {
      day: await colourOf(".day:not(.chosen)", "fill"),
      chosen: await colourOf(".day.chosen", "fill"),
      before: await colourOf(".days-plot .line", "stroke"),
      present: await colourOf(".bars .present", "backgroundColor"),
      previous: await colourOf(".bars .previous", "backgroundColor"),
      share: await colourOf(".bar span", "backgroundColor"),
    };
    for (const [name, colour] of Object.entries(painted)) {
      expect(contrast(colour, behind), name).toBeGreaterThanOrEqual(3);
    }
    expect(painted.chosen).not.toBe(painted.day);
    expect(await colourOf(".trend .key .present", "backgroundColor")).toBe(painted.day);
  });
});
