import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core";
import type { Stack } from "../../../local/stack.ts";
import { CHROMIUM } from "./chromium.ts";

/** A very narrow phone, and a desktop. */
export const WIDTHS = { phone: { width: 360, height: 780 }, wide: { width: 1280, height: 900 } } as const;

export const APRIL = "?month=2026-04";

export function launch(): Promise<Browser> {
  // Containers lack what the sandbox needs; the browser opens only this machine's own pages.
  return chromium.launch({ executablePath: CHROMIUM, args: ["--no-sandbox"] });
}

/** A page of a new browser. Its errors are in `problems`. */
export interface Visit extends AsyncDisposable {
  readonly page: Page;
  /** The page's errors: exceptions, and what its policy refused. */
  readonly problems: string[];
}

export async function visit(browser: Browser, options: BrowserContextOptions = {}): Promise<Visit> {
  const context = await browser.newContext({ viewport: WIDTHS.wide, locale: "en-GB", ...options });
  const page = await context.newPage();
  const problems: string[] = [];
  page.on("pageerror", (error) => problems.push(error.message));
  page.on("console", (message) => {
    // The browser reports every status except 200, but showing it is the page's task.
    if (message.type() === "error" && !message.text().startsWith("Failed to load resource")) {
      problems.push(message.text());
    }
  });
  return { page, problems, [Symbol.asyncDispose]: () => context.close() };
}

/** Opens the page at a view and signs in as an account of the issuer's form. */
export async function signIn(
  page: Page,
  stack: Pick<Stack, "url">,
  asked = APRIL,
  partner = "Head office",
): Promise<void> {
  await page.goto(`${stack.url}/portal/${asked}`);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("button", { name: partner }).click();
  await page.waitForURL((url) => url.pathname === "/portal/" && !url.searchParams.has("code"));
}

/** Waits until figures are shown, including those of the previous period. */
export async function figures(page: Page): Promise<void> {
  await page.locator("#period").waitFor();
  await page.getByText("loading …").first().waitFor({ state: "detached" });
}

/** The names in the table, from above. */
export function names(page: Page): Promise<string[]> {
  return page.locator(".organizations > table > tbody > .line .title").allTextContents();
}

/** The query of the address. */
export function query(page: Page): string {
  return new URL(page.url()).search;
}

/** The page's headings. */
export function headings(page: Page): Promise<string[]> {
  return page.getByRole("heading").allTextContents();
}
