/** Views that are opened again: shown from memory, and confirmed, replaced or marked. */
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { FIRST_RUN, SECOND_RUN } from "../../local/billed-lake.ts";
import { call } from "../../local/fixture.ts";
import type { TestStack } from "../../local/test-stack.ts";
import { figures, headings, launch, signIn, visit } from "./pages.ts";
import { PORTAL_LAKE } from "./portal-lake.ts";
import { portalStack } from "./portal-stack.ts";

let browser: Browser;
let stack: TestStack;
beforeAll(async () => {
  browser = await launch();
  // All days from February on are rolled up, so every answer has an entity tag.
  const earliest = call("f2", { started_at: new Date("2026-02-01T09:00:00Z") });
  const lake = { ...PORTAL_LAKE, call_usage: [...PORTAL_LAKE.call_usage, earliest] };
  stack = await portalStack({ rollsUp: true }, lake);
  await stack.rollUp();
  await stack.snapshot({ scheduled_time: FIRST_RUN });
});
afterAll(async () => {
  await browser.close();
  await stack[Symbol.asyncDispose]();
});
beforeEach(() => stack.faults.set([]));

const API = "**/v1/**";

/** The API's answers from now on, as they were on the wire: the status and the address. */
function statuses(page: Page): string[] {
  const seen: string[] = [];
  page.on("response", (response) => {
    const { pathname, search } = new URL(response.url());
    if (pathname.startsWith("/v1/")) seen.push(`${response.status()} ${pathname}${search}`);
  });
  return seen;
}

const freshness = (page: Page) => page.locator(".freshness").textContent();
const month = (page: Page, which: "Previous" | "Next") =>
  page.getByRole("button", { name: `${which} month` }).click();

/** Signs in and waits until every part of a view is in memory. */
async function open(page: Page, asked: string, partner?: string): Promise<void> {
  await signIn(page, stack, asked, partner);
  await whole(page);
}

async function whole(page: Page): Promise<void> {
  await figures(page);
  await page.waitForLoadState("networkidle");
}

/** Signs in, shows April, and goes on to March: April is then in memory. */
async function aprilKept(page: Page, partner?: string): Promise<string | null> {
  await open(page, "?month=2026-04", partner);
  const total = await page.locator(".totals .main").textContent();
  await month(page, "Previous");
  await expect.poll(() => page.locator("#period").textContent()).toContain("March 2026");
  await whole(page);
  return total;
}

describe("a view that is opened again", () => {
  test("is shown at once, and the page says that a 304 confirmed it", async () => {
    await using tab = await visit(browser);
    const { page } = tab;
    const total = await aprilKept(page);
    const seen = statuses(page);
    let release = () => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    await page.route(API, async (route) => {
      await held;
      await route.continue();
    });
    await month(page, "Next");
    // Nothing has been answered yet.
    await expect.poll(() => page.locator(".totals .main").textContent()).toBe(total);
    await expect.poll(() => page.locator("#period").textContent()).toContain("April 2026");
    expect(await page.getByRole("heading", { name: "Loading" }).count()).toBe(0);
    await expect.poll(() => freshness(page)).toMatch(/^Loaded at [\d:]+\. Checking for changes … Refresh$/);
    expect(seen).toEqual([]);
    release();
    await expect
      .poll(() => freshness(page))
      .toMatch(/^Loaded at [\d:]+\. Confirmed unchanged at [\d:]+\. Refresh$/);
    expect(seen.filter((each) => !each.startsWith("304"))).toEqual([]);
    expect(await page.locator(".totals .main").textContent()).toBe(total);
    expect(tab.problems).toEqual([]);
  });

  test("is confirmed by Refresh as well, and the figures stay meanwhile", async () => {
    await using tab = await visit(browser);
    const { page } = tab;
    await open(page, "?month=2026-04");
    const seen = statuses(page);
    await page.getByRole("button", { name: "Refresh" }).click();
    await expect.poll(() => freshness(page)).toContain("Confirmed unchanged at");
    expect(seen.filter((each) => !each.startsWith("304"))).toEqual([]);
  });

  test("also for bills: the list and a bill", async () => {
    await using tab = await visit(browser);
    const { page } = tab;
    await signIn(page, stack, "?month=2026-04&bill=all");
    await page.locator("#bill-1").click();
    await page.getByRole("heading", { name: "Bill 1: April 2026" }).waitFor();
    await expect.poll(() => freshness(page)).toMatch(/^Loaded at [\d:]+ in [\d.]+ s\. Refresh$/);
    const seen = statuses(page);
    await page.getByRole("button", { name: "All bills" }).click();
    await expect.poll(() => freshness(page)).toContain("Confirmed unchanged at");
    await page.locator("#bill-1").click();
    await page.getByRole("heading", { name: "Bill 1: April 2026" }).waitFor();
    await expect.poll(() => freshness(page)).toContain("Confirmed unchanged at");
    const bills = seen.filter((each) => each.includes("bills"));
    expect(bills).toEqual(["304 /v1/billing/bills", "304 /v1/billing/bills/1"]);
  });

  test("is marked as possibly out of date while it cannot be checked, and checked as soon as it can", async () => {
    await using tab = await visit(browser);
    const { page } = tab;
    const total = await aprilKept(page);
    await page.context().setOffline(true);
    await month(page, "Next");
    const note = page.getByRole("alert").filter({ hasText: "may be out of date" });
    await expect.poll(() => note.textContent()).toContain("You are offline");
    expect(await page.locator(".totals .main").textContent()).toBe(total);
    expect(await page.getByText("Confirmed unchanged").count()).toBe(0);
    // A printed document says it too.
    await page.evaluate("dispatchEvent(new Event('beforeprint'))");
    expect(await page.locator(".paper header").textContent()).toContain("Not confirmed since");
    await page.evaluate("dispatchEvent(new Event('afterprint'))");
    await page.context().setOffline(false);
    await expect.poll(() => freshness(page)).toContain("Confirmed unchanged at");
    expect(await note.count()).toBe(0);
  });

  test("is marked with another cause too, and a view that is not in memory is not shown", async () => {
    await using tab = await visit(browser);
    const { page } = tab;
    await aprilKept(page);
    await page.route(API, (route) => route.fulfill({ status: 503, json: {} }));
    await month(page, "Next");
    await expect.poll(() => page.locator(".note").textContent()).toContain("The service is busy");
    await page.getByLabel("Month (UTC)").selectOption("2026-01");
    await page.getByRole("heading", { name: "The service is busy" }).waitFor();
    expect(await page.locator("#period").count()).toBe(0);
  });

  test("gives way to the failure if the service refuses it", async () => {
    await using tab = await visit(browser);
    const { page } = tab;
    await aprilKept(page);
    await page.route(API, (route) => route.fulfill({ status: 403, json: { message: "Forbidden" } }));
    await month(page, "Next");
    await page.getByRole("heading", { name: "Your account has no access" }).waitFor();
    expect(await page.locator("#period").count()).toBe(0);
  });

  test("is dropped with the session: another account in the same tab sees and sends nothing of it", async () => {
    await using tab = await visit(browser);
    const { page } = tab;
    await aprilKept(page, "Northwind Voice");
    await page.getByRole("button", { name: "Sign out" }).click();
    await page.getByRole("button", { name: "Sign in" }).waitFor();
    const sent: (string | undefined)[] = [];
    page.on("request", (request) => {
      if (new URL(request.url()).pathname.startsWith("/v1/")) sent.push(request.headers()["if-none-match"]);
    });
    await signIn(page, stack, "?month=2026-04", "Southern Cross");
    await figures(page);
    expect(new Set(sent)).toEqual(new Set([undefined]));
    expect(await page.locator("main").textContent()).not.toContain("Acme");
  });

  test("is replaced by another answer: a new revision, with everything that belongs to it", async () => {
    await using tab = await visit(browser);
    const { page } = tab;
    const total = await aprilKept(page);
    await stack.snapshot({ scheduled_time: SECOND_RUN });
    await month(page, "Next");
    await expect.poll(() => page.locator(".standing").textContent()).toContain("revision 2");
    await figures(page);
    expect(await page.locator(".totals .main").textContent()).not.toBe(total);
    await expect.poll(() => freshness(page)).toMatch(/^Loaded at [\d:]+ in [\d.]+ s\. Refresh$/);
    await expect.poll(() => page.locator("#revision option").allTextContents()).toEqual(["2 (newest)", "1"]);
    expect(await headings(page)).toContain("April 2026 Closed");
  });
});
