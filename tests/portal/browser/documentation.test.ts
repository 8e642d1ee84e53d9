import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import * as z from "zod";
import { LAKE } from "../../local/fixture.ts";
import { stackOver, type TestStack } from "../../local/test-stack.ts";
import { publishedDocument } from "../../published-contract.ts";
import { launch, visit, WIDTHS } from "./pages.ts";

const contract = z.object({ paths: z.record(z.string(), z.record(z.string(), z.unknown())) });

/** How many operations the contract has: each method of each path. */
const OPERATIONS = Object.values(contract.parse(publishedDocument()).paths).flatMap((methods) =>
  Object.keys(methods),
).length;

let browser: Browser;
let stack: TestStack;
beforeAll(async () => {
  browser = await launch();
  stack = await stackOver(LAKE);
});
afterAll(async () => {
  await browser.close();
  await stack[Symbol.asyncDispose]();
});

describe.each(["wide", "phone"] as const)("the documentation, %s", (width) => {
  test("shows the guide and every operation, from its own files only and within its policy", async () => {
    await using tab = await visit(browser, { viewport: WIDTHS[width] });
    const asked: string[] = [];
    tab.page.on("request", (request) => asked.push(request.url()));
    await tab.page.goto(`${stack.url}/docs`);
    await tab.page.getByRole("heading", { name: "Errors, and which to retry" }).waitFor();

    const headings = async () =>
      (await tab.page.getByRole("heading").allTextContents()).map((text) => text.trim());
    for (const heading of [
      "Days and time zone",
      "Minutes and exact seconds",
      "Every organization, every agent",
      "Deleted agents, and calls without an agent",
      "Corrections and late data",
      "Closed months and adjustments",
      "Filters are refused, never ignored",
      "Limits, and how to stay inside them",
      "Minutes by organization",
      "Minutes by organization, filters in the body",
      "The closed months",
      "A closed month",
    ]) {
      await expect.poll(headings).toContain(heading);
    }
    expect(asked.filter((url) => !url.startsWith(stack.url) && !url.startsWith("data:"))).toEqual([]);
    expect(tab.problems).toEqual([]);
    const room = await tab.page.evaluate("document.documentElement.scrollWidth");
    expect(room).toBeLessThanOrEqual(WIDTHS[width].width);
  });

  test("has each call with curl, TypeScript and Python", async () => {
    await using tab = await visit(browser, { viewport: WIDTHS[width] });
    await tab.page.goto(`${stack.url}/docs`);
    for (const language of ["curl", "TypeScript", "Python"]) {
      const tabs = tab.page.getByRole("tab", { name: language, exact: true });
      await tabs.first().waitFor();
      await expect.poll(() => tabs.count()).toBe(OPERATIONS);
    }
  });
});
