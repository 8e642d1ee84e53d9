import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import * as z from "zod";
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

/** Removes members from the issuer's discovery document. */
async function discoverWithout(page: Page, ...members: readonly string[]): Promise<void> {
  await page.context().route("**/.well-known/openid-configuration", async (route) => {
    const response = await route.fetch();
    const document = z.record(z.string(), z.unknown()).parse(await response.json());
    const rest = Object.entries(document).filter(([name]) => !members.includes(name));
    await route.fulfill({ response, json: Object.fromEntries(rest) });
  });
}

const signOut = (page: Page) => page.getByRole("button", { name: "Sign out" }).click();

describe("signing out", () => {
  test("ends the session at the issuer too: the next sign-in asks for the account", async () => {
    await using tab = await visit(browser);
    await signIn(tab.page, stack);
    await figures(tab.page);
    await signOut(tab.page);
    await tab.page.getByRole("heading", { name: "Voice minutes for partners" }).waitFor();
    await tab.page.getByRole("button", { name: "Sign in" }).click();
    await expect.poll(() => headings(tab.page)).toContain("Choose an account");
    expect(new URL(tab.page.url()).searchParams.get("prompt")).toBe("select_account");
  });

  test("leaves nothing behind: Back shows no figures and sends no request", async () => {
    await using tab = await visit(browser);
    await signIn(tab.page, stack);
    await figures(tab.page);
    await signOut(tab.page);
    await tab.page.getByRole("button", { name: "Sign in" }).waitFor();
    const asked: string[] = [];
    tab.page.on("request", (request) => asked.push(new URL(request.url()).pathname));
    for (let back = 0; back < 3; back += 1) {
      await tab.page.goBack({ timeout: 5_000 }).catch(() => undefined);
      // The entry of a sign-in that was under way leads on to the issuer.
      const left = () => !tab.page.url().startsWith(`${stack.url}/portal/`);
      const signedOut = () => tab.page.getByRole("button", { name: "Sign in" }).isVisible();
      await expect.poll(async () => left() || (await signedOut().catch(() => false))).toBe(true);
      expect(await tab.page.locator("#period").count()).toBe(0);
    }
    expect(asked.filter((path) => path.startsWith("/v1/"))).toEqual([]);
  });

  test("reloads a page that the browser restores unchanged", async () => {
    await using tab = await visit(browser);
    await signIn(tab.page, stack);
    await figures(tab.page);
    const reloaded = tab.page.waitForEvent("framenavigated");
    await tab.page.evaluate("dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }))");
    await reloaded;
    const response = await tab.page.request.get(`${stack.url}/portal/`);
    expect(response.headers()["cache-control"]).toBe("no-store");
  });

  test("signs every other tab out at once, even one that is loading, and none signs in again by itself", async () => {
    await using tab = await visit(browser);
    await signIn(tab.page, stack);
    await figures(tab.page);
    const other = await tab.page.context().newPage();
    await other.goto(`${stack.url}/portal/${APRIL}`);
    await other.getByRole("button", { name: "Sign in" }).click();
    await figures(other);
    stack.faults.set([{ on: "GetQueryExecution", effect: { kind: "show", state: "RUNNING" } }]);
    await other.getByRole("button", { name: "Refresh" }).click();
    await other.getByRole("heading", { name: "Loading" }).waitFor();
    await signOut(tab.page);
    await other.getByText("You signed out in another tab").waitFor();
    stack.faults.set([]);
    const asked: string[] = [];
    other.on("request", (request) => asked.push(request.url()));
    await other.waitForTimeout(500);
    expect(asked).toEqual([]);
    await other.reload();
    await other.getByRole("button", { name: "Sign in" }).waitFor();
    await expect.poll(() => headings(other)).toEqual(["Voice minutes for partners"]);
  });

  test("stays on the page if the issuer has no sign-out, and the next sign-in can choose another account", async () => {
    await using tab = await visit(browser);
    await discoverWithout(tab.page, "end_session_endpoint", "prompt_values_supported");
    await signIn(tab.page, stack, APRIL, "Northwind Voice");
    await figures(tab.page);
    await signOut(tab.page);
    await tab.page.getByRole("heading", { name: "You are signed out" }).waitFor();
    await expect.poll(() => query(tab.page)).toBe("");
    await tab.page.getByRole("button", { name: "Sign in" }).click();
    await tab.page.getByRole("heading", { name: "Choose an account" }).waitFor();
    expect(new URL(tab.page.url()).searchParams.get("prompt")).toBe("login");
    await tab.page.getByRole("button", { name: "Southern Cross" }).click();
    await tab.page.locator(".account bdi").waitFor();
    await expect.poll(() => tab.page.locator(".account bdi").textContent()).toBe("Southern Cross");
  });

  test("continues if the issuer does not answer", async () => {
    await using tab = await visit(browser);
    await signIn(tab.page, stack);
    await figures(tab.page);
    await tab.page.route("**/.well-known/openid-configuration", (route) => route.abort());
    await signOut(tab.page);
    await tab.page.getByRole("heading", { name: "You are signed out" }).waitFor();
    expect(await tab.page.locator("main").textContent()).not.toContain("Acme");
  });
});
