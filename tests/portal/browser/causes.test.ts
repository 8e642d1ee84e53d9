import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Browser, chromium, type Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parseReport, sumOf } from "../../../portal/report.ts";
import { NORTH, SOUTH } from "../../local/fixture.ts";
import type { TestStack } from "../../local/test-stack.ts";
import { CHROMIUM } from "./chromium.ts";
import { APRIL, figures, headings, launch, query, signIn, visit } from "./pages.ts";
import { EAST } from "./portal-lake.ts";
import { closeApril, portalStack } from "./portal-stack.ts";

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

const MONTHS = "**/v1/billing/snapshots";
const REPORTS = "**/v1/**";

/** The page's message instead of figures. */
function message(page: Page): Promise<string> {
  return page.locator(".message").innerText();
}

async function shownSeconds(page: Page): Promise<string | null> {
  return page.locator(".totals .main dd").last().textContent();
}

async function liveSeconds(stack: TestStack): Promise<string> {
  const path = "/v1/reports/minutes-by-organization?start_date=2026-04-01&end_date=2026-04-30";
  const { text } = await stack.ask({ path, claim: [NORTH, SOUTH, EAST] });
  const seconds = sumOf(parseReport(JSON.parse(text)).organizations);
  return `exactly ${new Intl.NumberFormat("en-GB").format(seconds)} seconds`;
}

describe("a failed answer does not hide the others:", () => {
  test.each([
    ["500", { status: 500, json: { detail: "broken" } }],
    ["not a list", { status: 200, json: { data: [{ period: "April" }] } }],
  ])("shows the live report, marked as live, if the list of months is %s", async (_, answer) => {
    await using tab = await visit(browser);
    await tab.page.route(MONTHS, (route) => route.fulfill(answer));
    await signIn(tab.page, closed);
    await figures(tab.page);
    await expect.poll(() => shownSeconds(tab.page)).toBe(await liveSeconds(closed));
    await expect.poll(() => tab.page.locator(".badge").textContent()).toBe("Live");
    await expect.poll(() => tab.page.locator(".standing").textContent()).toContain("not a bill");
    await tab.page.getByText("The list of closed months could not be loaded").waitFor();
    await tab.page.unroute(MONTHS);
    await tab.page.getByRole("button", { name: "Load it again" }).click();
    await expect.poll(() => tab.page.locator(".badge").textContent()).toBe("Closed");
    expect(await tab.page.getByText("could not be loaded").count()).toBe(0);
  });

  test("shows days even if the list of months fails", async () => {
    await using tab = await visit(browser);
    await tab.page.route(MONTHS, (route) => route.fulfill({ status: 503, json: {} }));
    await signIn(tab.page, closed, "?start_date=2026-04-01&end_date=2026-04-30");
    await figures(tab.page);
    await expect.poll(() => shownSeconds(tab.page)).toBe(await liveSeconds(closed));
  });

  test("marks a damaged month, which fails alone, and offers its live report", async () => {
    await using tab = await visit(browser);
    await tab.page.route(MONTHS, (route) =>
      route.fulfill({
        json: {
          data: [{ period: "2026-03", revision: 1, as_of: "2026-04-04T06:00:00Z" }],
          damaged: ["2026-04"],
        },
      }),
    );
    await tab.page.route("**/v1/billing/snapshots/2026-04", (route) =>
      route.fulfill({ status: 500, json: { detail: "The stored statement is damaged." } }),
    );
    await signIn(tab.page, open);
    await tab.page.getByText("The stored statement is damaged.").waitFor();
    const options = tab.page.getByLabel("Month (UTC)").locator("option");
    expect((await options.allTextContents()).filter((text) => text.includes("damaged"))).toEqual([
      "April 2026 (damaged)",
    ]);
    await tab.page.getByRole("button", { name: "Show the live report" }).click();
    await figures(tab.page);
    await expect.poll(() => query(tab.page)).toBe(`${APRIL}&figures=live`);
    await expect.poll(() => tab.page.locator(".badge").textContent()).toBe("Live");
    await expect.poll(() => tab.page.locator(".standing").textContent()).toContain("damaged");
  });

  test("shows the period, with the reason, if the previous period fails", async () => {
    await using tab = await visit(browser);
    await tab.page.route("**/v1/reports/**start_date=2026-03-01**", (route) =>
      route.fulfill({ status: 503, json: {} }),
    );
    await signIn(tab.page, open);
    await figures(tab.page);
    await expect.poll(() => shownSeconds(tab.page)).toBe(await liveSeconds(open));
    await expect.poll(() => tab.page.locator(".totals").textContent()).toContain("could not be loaded");
  });
});

describe("the page names the cause and what to do:", () => {
  test.each([
    [
      "a token too large for the gateway",
      { status: 431, json: { message: "x" } },
      "too many resellers",
      "Ask support",
    ],
    [
      "an address too long for the gateway",
      { status: 414, body: "" },
      "Too many resellers are selected",
      "Select fewer",
    ],
    [
      "a firewall's 403",
      { status: 403, contentType: "text/html", body: "<h1>Blocked</h1>" },
      "Your network blocked",
      "administrator",
    ],
    [
      "a network's sign-in page",
      { status: 200, contentType: "text/html", body: "<form>" },
      "Your network blocked",
      "Sign in to your network",
    ],
    [
      "the gateway's 403",
      { status: 403, json: { message: "Forbidden" } },
      "Your account has no access",
      "another account",
    ],
  ])("%s", async (_, answer, title, advice) => {
    await using tab = await visit(browser);
    await tab.page.route(REPORTS, (route) => route.fulfill(answer));
    await signIn(tab.page, open);
    await tab.page.locator(".message [class=primary], .message").first().waitFor();
    await expect.poll(() => headings(tab.page)).toContainEqual(expect.stringContaining(title));
    expect(await message(tab.page)).toContain(advice);
    // A missing file gives the same message.
    await tab.page.unroute(REPORTS);
  });

  test("a real token of 300 resellers, at the real gateway's limit", async () => {
    await using tab = await visit(browser);
    const many = Array.from(
      { length: 300 },
      (_, index) => `00000000-0000-4000-8000-${String(index).padStart(12, "0")}`,
    );
    const token = await open.token({ reseller_ids: many });
    await tab.page.route(REPORTS, async (route) => {
      const headers = { ...route.request().headers(), authorization: `Bearer ${token}` };
      await route.continue({ headers });
    });
    await signIn(tab.page, open);
    await expect
      .poll(() => headings(tab.page))
      .toContain("Your account has too many resellers for one sign-in");
  });

  test("an offline browser, distinct from an unreachable service", async () => {
    await using tab = await visit(browser);
    await signIn(tab.page, open);
    await figures(tab.page);
    await tab.page.route(REPORTS, (route) => route.abort());
    await tab.page.getByRole("button", { name: "Refresh" }).click();
    await tab.page.getByRole("heading", { name: "The service cannot be reached" }).waitFor();
    expect(await message(tab.page)).toContain("VPN, firewall or ad blocker");
    await tab.page.context().setOffline(true);
    await tab.page.getByRole("button", { name: "Try again" }).click();
    await tab.page.getByRole("heading", { name: "You are offline" }).waitFor();
    await tab.page.unroute(REPORTS);
    await tab.page.context().setOffline(false);
    await figures(tab.page);
  });

  test("a wrong clock, with the difference", async () => {
    await using tab = await visit(browser);
    await tab.page.clock.setSystemTime(Date.now() + 3 * 86_400_000);
    await signIn(tab.page, open);
    await tab.page.getByRole("heading", { name: "This device's clock is wrong" }).waitFor();
    expect(await message(tab.page)).toContain("It is 3 days ahead of the service's clock.");
    expect(await message(tab.page)).toContain("Set the date and time");
  });

  test("a browser that blocks cookies and site data", async () => {
    const profile = await mkdtemp(join(tmpdir(), "profile-"));
    await mkdir(join(profile, "Default"));
    const preferences = { profile: { default_content_setting_values: { cookies: 2 } } };
    await writeFile(join(profile, "Default", "Preferences"), JSON.stringify(preferences));
    const context = await chromium.launchPersistentContext(profile, {
      executablePath: CHROMIUM,
      args: ["--no-sandbox"],
    });
    const page = context.pages()[0] ?? (await context.newPage());
    await page.goto(`${open.url}/portal/`);
    await page.getByRole("heading", { name: "Your browser blocks cookies for this page" }).waitFor();
    expect(await message(page)).toContain("allow cookies and site data for this address");
    await context.close();
    await rm(profile, { recursive: true, force: true });
  });
});
