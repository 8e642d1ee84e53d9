import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import * as z from "zod";
import { NORTH } from "../../local/fixture.ts";
import { APRIL, figures, headings, launch, names, query, signIn, visit, WIDTHS } from "./pages.ts";
import { closeApril, portalStack, twiceBilledStack } from "./portal-stack.ts";
import { BILL, REPORT, refuseWhole, SCENES, type Stacks } from "./scenes.ts";

let browser: Browser;
let stacks: Stacks;
let axe: string;
beforeAll(async () => {
  browser = await launch();
  const [open, closed, hasty, billed] = await Promise.all([
    portalStack(),
    portalStack(),
    portalStack({ timeout: 4 }),
    twiceBilledStack(),
  ]);
  await closeApril(closed);
  stacks = { open, closed, hasty, billed };
  axe = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
});
afterAll(async () => {
  await browser.close();
  for (const stack of Object.values(stacks)) await stack[Symbol.asyncDispose]();
});

/** Every rule of axe, except those for parts of pages. */
const AXE =
  "axe.run(document, { resultTypes: ['violations'], runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] })";

const findings = z.object({
  violations: z.array(
    z.object({ id: z.string(), nodes: z.array(z.object({ html: z.string(), failureSummary: z.string() })) }),
  ),
  passes: z.array(z.unknown()).min(1),
});

const LOOKS = (["light", "dark"] as const).flatMap((colorScheme) =>
  (["wide", "phone"] as const).map((width) => ({ colorScheme, width })),
);

/** How many views axe has checked, and its findings. */
const looked = { views: 0, findings: 0 };
afterAll(() => console.log(`axe: ${looked.findings} findings in ${looked.views} views`));

describe("every state and view", () => {
  test.each(SCENES)(
    "$name: describes itself, and axe finds nothing, at any width and theme",
    async (scene) => {
      for (const { faults } of Object.values(stacks)) faults.set([]);
      await using tab = await visit(browser, { reducedMotion: "reduce" });
      await scene.play(tab.page, stacks);
      await tab.page.evaluate(axe);
      for (const { colorScheme, width } of LOOKS) {
        await tab.page.setViewportSize(WIDTHS[width]);
        await tab.page.emulateMedia({ colorScheme });
        await expect.poll(() => tab.page.locator("body").innerText()).toContain(scene.says);
        const { violations } = findings.parse(await tab.page.evaluate(AXE));
        looked.views += 1;
        looked.findings += violations.length;
        expect(violations, `${width}, ${colorScheme}`).toEqual([]);
      }
      expect(tab.problems).toEqual([]);
    },
  );
});

test("nothing moves if the reader asked for no motion", async () => {
  for (const { faults } of Object.values(stacks)) faults.set([]);
  const movingAt = async (reducedMotion: "reduce" | "no-preference") => {
    await using tab = await visit(browser, { reducedMotion });
    await SCENES.find(({ name }) => name === "loading")?.play(tab.page, stacks);
    const moving = await tab.page.evaluate("document.getAnimations().length");
    return moving;
  };
  expect([await movingAt("no-preference"), await movingAt("reduce")]).toEqual([1, 0]);
});

describe("a way out", () => {
  test("of a busy engine: to try again", async () => {
    const { open } = stacks;
    open.faults.set([
      {
        on: "StartQueryExecution",
        effect: { kind: "refuse", status: 400, type: "TooManyRequestsException" },
      },
    ]);
    await using tab = await visit(browser);
    await signIn(tab.page, open);
    const again = tab.page.getByRole("button", { name: "Try again" });
    await again.waitFor();
    open.faults.set([]);
    await again.click();
    await figures(tab.page);
    await expect.poll(() => headings(tab.page)).toContain("April 2026 So far");
  });

  test("of no connection: nothing to do, because the page requests again as soon as there is one", async () => {
    const { open } = stacks;
    open.faults.set([]);
    await using tab = await visit(browser);
    await signIn(tab.page, open);
    await figures(tab.page);
    await tab.page.context().setOffline(true);
    await tab.page.getByRole("button", { name: "Refresh" }).click();
    await tab.page.getByRole("heading", { name: "You are offline" }).waitFor();
    await tab.page.context().setOffline(false);
    await figures(tab.page);
    await expect.poll(() => query(tab.page)).toBe(APRIL);
  });

  test("of an answer that is too large: only the chosen resellers are requested", async () => {
    const { open } = stacks;
    open.faults.set([]);
    await using tab = await visit(browser);
    await refuseWhole(tab.page, REPORT);
    await signIn(tab.page, open, `${APRIL}&resellers=${NORTH}`);
    await figures(tab.page);
    await expect.poll(() => names(tab.page)).toContain("Acme Dental");
  });

  test("of an answer that is too large from the start: its resellers can be chosen", async () => {
    const { open } = stacks;
    open.faults.set([]);
    await using tab = await visit(browser);
    await refuseWhole(tab.page, REPORT);
    await signIn(tab.page, open);
    await tab.page.getByRole("heading", { name: "too large" }).waitFor();
    await tab.page.locator(".menu summary").click();
    await tab.page.getByRole("checkbox", { name: "Northwind Voice" }).check();
    await figures(tab.page);
    await expect.poll(() => names(tab.page)).toContain("Acme Dental");
  });

  test("of a bill that is too large: the live report of that month", async () => {
    const { closed } = stacks;
    await using tab = await visit(browser);
    await refuseWhole(tab.page, BILL);
    await signIn(tab.page, closed);
    await tab.page.getByRole("button", { name: "Show the live report" }).click();
    await figures(tab.page);
    await expect.poll(() => query(tab.page)).toBe(`${APRIL}&figures=live`);
    await expect.poll(() => tab.page.locator(".badge").textContent()).toBe("Live");
  });

  test("of an empty month: the newest closed one", async () => {
    await using tab = await visit(browser);
    await signIn(tab.page, stacks.closed, "?month=2026-01");
    await tab.page.getByRole("button", { name: "Show April 2026" }).click();
    await figures(tab.page);
    await expect.poll(() => query(tab.page)).toBe(APRIL);
  });

  test("of refused days: a correction at the field, with the API's own message", async () => {
    stacks.open.faults.set([]);
    await using tab = await visit(browser);
    await signIn(tab.page, stacks.open, "?start_date=2019-04-10&end_date=2026-04-30");
    const start = tab.page.getByLabel("From");
    await expect.poll(() => start.getAttribute("aria-invalid")).toBe("true");
    await expect
      .poll(() => tab.page.locator("#start-error").textContent())
      .toBe("The data begins on 2020-01-01; start there or later.");
    await expect
      .poll(() => tab.page.locator("#end-error").textContent())
      .toBe("The range is longer than 366 days. Ask for fewer days in each request.");
    await start.fill("2026-04-10");
    await tab.page.getByRole("button", { name: "Show", exact: true }).click();
    await figures(tab.page);
    await expect.poll(() => query(tab.page)).toBe("?start_date=2026-04-10&end_date=2026-04-30");
  });
});
