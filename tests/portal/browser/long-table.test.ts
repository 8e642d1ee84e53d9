import type { Browser, CDPSession, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import * as z from "zod";
import { BUILT_PORTAL } from "../../../local/options.ts";
import { stackOver, type TestStack } from "../../local/test-stack.ts";
import { largeLake } from "./large-lake.ts";
import { figures, launch, names, signIn, visit } from "./pages.ts";

const ORGANIZATIONS = 1_000;

let browser: Browser;
let stack: TestStack;
beforeAll(async () => {
  browser = await launch();
  stack = await stackOver(largeLake(ORGANIZATIONS, 2), {}, { portal: BUILT_PORTAL });
});
afterAll(async () => {
  await browser.close();
  await stack[Symbol.asyncDispose]();
});

const rows = (page: Page) => page.locator(".organizations > table > tbody > .line");

/** Whether the line after the focused one is on the page, in the same part of the table or the next. */
const NEXT_LINE_IS_RENDERED = `(() => {
  const line = document.activeElement.closest("tr");
  return line.nextElementSibling !== null || line.parentElement.nextElementSibling?.rows.length > 0;
})()`;

describe("a table of 1,000 organizations", () => {
  test("renders few lines at any time, and shows each of them when the reader scrolls through it", async () => {
    await using tab = await visit(browser);
    const { page } = tab;
    await signIn(page, stack);
    await figures(page);
    const seen = new Set<number>();
    let most = 0;
    for (let step = 0; step < 200; step += 1) {
      const indexes = z
        .array(z.number())
        .parse(
          await page.evaluate(
            "[...document.querySelectorAll('.line[aria-rowindex]')].filter((e) => { const r = e.getBoundingClientRect(); return r.bottom > 0 && r.top < innerHeight; }).map((e) => Number(e.ariaRowIndex ?? e.getAttribute('aria-rowindex')))",
          ),
        );
      for (const index of indexes) seen.add(index);
      most = Math.max(most, await rows(page).count());
      const isEnd = await page.evaluate("scrollY + innerHeight >= document.documentElement.scrollHeight - 1");
      if (isEnd === true) break;
      await page.evaluate("scrollBy(0, 500)");
      await page.waitForTimeout(40);
    }
    expect(most).toBeLessThan(160);
    expect(seen.size).toBe(ORGANIZATIONS);
  });

  test("shows its start again when it is sorted", async () => {
    await using tab = await visit(browser);
    const { page } = tab;
    await signIn(page, stack);
    await figures(page);
    await page.evaluate("scrollTo(0, document.body.scrollHeight)");
    await expect.poll(() => page.locator(`.line[aria-rowindex="${ORGANIZATIONS + 1}"]`).count()).toBe(1);
    await page.getByRole("columnheader", { name: "Organization" }).getByRole("button").click();
    await expect.poll(() => page.locator('.line[aria-rowindex="2"]').count()).toBe(1);
    await expect.poll(async () => (await names(page))[0]).toContain("Ängström");
    const top = await page.evaluate(
      "document.querySelector('.organizations > table').getBoundingClientRect().top",
    );
    expect(top).toBeLessThanOrEqual(1);
    expect(top).toBeGreaterThan(-60);
  });

  test("moves by keyboard from line to line, beyond the rendered ones, and keeps the focus", async () => {
    await using tab = await visit(browser);
    const { page } = tab;
    await signIn(page, stack);
    await figures(page);
    await rows(page).first().getByRole("button").focus();
    for (let step = 0; step < 120; step += 1) {
      // A person types more slowly than a busy browser renders the next part.
      await page.waitForFunction(NEXT_LINE_IS_RENDERED);
      await page.keyboard.press("Tab");
    }
    const index = await page.evaluate("document.activeElement.closest('tr').getAttribute('aria-rowindex')");
    expect(Number(index)).toBe(122);
    // The focused line stays rendered, wherever the reader scrolls.
    await page.evaluate("scrollTo(0, 0)");
    await page.waitForTimeout(300);
    expect(await page.evaluate("document.activeElement.closest('tr')?.getAttribute('aria-rowindex')")).toBe(
      "122",
    );
  });

  test("opens a line near its end and keeps it open", async () => {
    await using tab = await visit(browser);
    const { page } = tab;
    await signIn(page, stack);
    await figures(page);
    await page.evaluate("scrollTo(0, document.body.scrollHeight)");
    const last = page.locator(`.line[aria-rowindex="${ORGANIZATIONS + 1}"]`);
    await last.getByRole("button").click();
    await page.locator(".inside").waitFor();
    await page.evaluate("scrollTo(0, 0)");
    await expect.poll(() => page.locator('.line[aria-rowindex="2"]').count()).toBe(1);
    await page.evaluate("scrollTo(0, document.body.scrollHeight)");
    await page.locator(".inside").waitFor();
  });
});

const metrics = z.object({ metrics: z.array(z.object({ name: z.string(), value: z.number() })) });

/** Script time of the page so far, in milliseconds: the part that does not depend on painting. */
async function scriptTime(session: CDPSession): Promise<number> {
  const { metrics: all } = metrics.parse(await session.send("Performance.getMetrics"));
  return 1_000 * (all.find(({ name }) => name === "ScriptDuration")?.value ?? 0);
}

test("takes no more script time to sort at its end than at its start", async () => {
  await using tab = await visit(browser);
  const { page } = tab;
  await signIn(page, stack);
  await figures(page);
  const session = await page.context().newCDPSession(page);
  await session.send("Performance.enable", { timeDomain: "threadTicks" });
  const header = (name: string) => page.getByRole("columnheader", { name }).getByRole("button");
  await header("Organization").click();
  for (let round = 0; round < 3; round += 1) {
    await page.evaluate("scrollTo(0, document.body.scrollHeight)");
    await expect.poll(() => page.locator(`.line[aria-rowindex="${ORGANIZATIONS + 1}"]`).count()).toBe(1);
    const before = await scriptTime(session);
    await header(round % 2 === 0 ? "Minutes" : "Organization").click();
    await expect.poll(() => page.locator('.line[aria-rowindex="2"]').count()).toBe(1);
    expect((await scriptTime(session)) - before).toBeLessThan(150);
  }
});
