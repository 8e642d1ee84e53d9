import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { TestStack } from "../../local/test-stack.ts";
import { APRIL, figures, headings, launch, query, signIn, visit } from "./pages.ts";
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

describe("signing in", () => {
  test("asks first, then lists the lake's own resellers, an account with all of them and one with none", async () => {
    await using tab = await visit(browser);
    await tab.page.goto(`${stack.url}/portal/`);
    await tab.page.getByRole("button", { name: "Sign in" }).click();
    await expect
      .poll(() => tab.page.locator("li bdi").allTextContents())
      .toEqual([
        "<b>Östlich</b> & Söhne ‏تيليكوم",
        "Northwind Voice",
        "Southern Cross",
        "Western Union Lines",
        "Head office",
        "New partner",
      ]);
    expect(tab.problems).toEqual([]);
  });

  test("returns to the requested view, with nothing of the sign-in in the address", async () => {
    await using tab = await visit(browser);
    await signIn(tab.page, stack, "?month=2026-04&q=acme&sort=name-asc", "Northwind Voice");
    await figures(tab.page);
    await expect.poll(() => query(tab.page)).toBe("?month=2026-04&q=acme&sort=name-asc");
    await expect.poll(() => tab.page.locator(".account bdi").textContent()).toBe("Northwind Voice");
    expect(tab.problems).toEqual([]);
  });

  test("leaves no token where the browser would store it", async () => {
    await using tab = await visit(browser);
    await signIn(tab.page, stack);
    await figures(tab.page);
    const kept = await tab.page.evaluate(
      "JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie, location.href])",
    );
    expect(kept).not.toMatch(/eyJ|access_token|verifier/);
    expect(await tab.page.evaluate("indexedDB.databases()")).toEqual([]);
  });

  test("survives a reload without another form, and shows the same view", async () => {
    await using tab = await visit(browser);
    await signIn(tab.page, stack, "?month=2026-04&q=bakery");
    await figures(tab.page);
    await tab.page.reload();
    await figures(tab.page);
    await expect.poll(() => query(tab.page)).toBe("?month=2026-04&q=bakery");
  });

  test("shows a partner only its own organizations", async () => {
    await using tab = await visit(browser);
    await signIn(tab.page, stack, APRIL, "Southern Cross");
    await figures(tab.page);
    const shown = () => tab.page.locator("main").textContent();
    await expect.poll(shown).toContain("Bakery");
    expect(await shown()).not.toContain("Acme Dental");
  });

  test("shows what the issuer refuses, and offers to sign in again", async () => {
    await using tab = await visit(browser);
    await tab.page.goto(`${stack.url}/portal/${APRIL}`);
    await tab.page.getByRole("button", { name: "Sign in" }).click();
    await tab.page.getByRole("heading", { name: "Choose an account" }).waitFor();
    const asked = new URL(tab.page.url());
    await tab.page.goto(
      `${stack.url}/portal/?error=access_denied&error_description=Not%20today&state=${asked.searchParams.get("state")}&iss=${stack.issuer}`,
    );
    await tab.page.getByRole("heading", { name: "Signing in did not work" }).waitFor();
    await expect.poll(() => tab.page.locator("main").textContent()).toContain("Not today");
    await expect.poll(() => query(tab.page)).toBe(APRIL);
  });

  test("refuses an answer that belongs to another request", async () => {
    await using tab = await visit(browser);
    await tab.page.goto(`${stack.url}/portal/${APRIL}`);
    await tab.page.getByRole("button", { name: "Sign in" }).click();
    await tab.page.getByRole("heading", { name: "Choose an account" }).waitFor();
    await tab.page.goto(`${stack.url}/portal/?code=stolen&state=forged&iss=${stack.issuer}`);
    await expect.poll(() => headings(tab.page)).toContain("Signing in did not work");
  });
});

describe("a session that has ended", () => {
  test("says so at the next request, and signing in again returns to that view", async () => {
    await using brief = await portalStack({ signedInFor: 4 });
    await using tab = await visit(browser);
    await signIn(tab.page, brief, "?month=2026-04&sort=name-asc");
    await figures(tab.page);
    await tab.page.waitForTimeout(4_000);
    // The figures of March are in memory, because April was shown beside them. They ended with the session.
    await tab.page.getByRole("button", { name: "Previous month" }).click();
    await tab.page.getByRole("heading", { name: "Your session has ended" }).waitFor();
    await expect.poll(() => query(tab.page)).toBe("?month=2026-03&sort=name-asc");
    await tab.page.getByRole("button", { name: "Sign in again" }).click();
    await figures(tab.page);
    await expect.poll(() => query(tab.page)).toBe("?month=2026-03&sort=name-asc");
    await expect.poll(() => tab.page.locator("#period").textContent()).toContain("March 2026");
    expect(tab.problems).toEqual([]);
  });

  test("is also noticed by the gateway's 401 while the page thinks that it lasts", async () => {
    await using tab = await visit(browser);
    await signIn(tab.page, stack);
    await figures(tab.page);
    await tab.page.route("**/v1/**", (route) =>
      route.fulfill({ status: 401, json: { message: "Unauthorized" } }),
    );
    await tab.page.getByRole("button", { name: "Refresh" }).click();
    await tab.page.getByRole("heading", { name: "Your session has ended" }).waitFor();
    await expect.poll(() => query(tab.page)).toBe(APRIL);
  });
});
