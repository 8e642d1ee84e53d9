import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parseBill, parseBills } from "../../../portal/bills.ts";
import { NORTH, SOUTH } from "../../local/fixture.ts";
import type { TestStack } from "../../local/test-stack.ts";
import { APRIL, figures, headings, launch, query, signIn, visit } from "./pages.ts";
import { EAST } from "./portal-lake.ts";
import { closeApril, portalStack, twiceBilledStack } from "./portal-stack.ts";

let browser: Browser;
let stack: TestStack;
let folder: string;
beforeAll(async () => {
  browser = await launch();
  folder = await mkdtemp(join(tmpdir(), "bills-"));
  stack = await portalStack();
  await closeApril(stack);
});
afterAll(async () => {
  await browser.close();
  await stack[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});

const EVERYONE = [NORTH, SOUTH, EAST];
const minutes = new Intl.NumberFormat("en-GB", { minimumFractionDigits: 2, maximumFractionDigits: 2 });

async function april() {
  const { text } = await stack.ask({ path: "/v1/billing/bills", claim: EVERYONE });
  const bill = parseBills(JSON.parse(text)).bills.find(({ month }) => month === "2026-04");
  if (bill?.totals === undefined) throw new Error("April is not billed");
  return { ...bill, totals: bill.totals };
}

async function saved(page: Page, act: () => Promise<unknown>): Promise<Buffer> {
  const [download] = await Promise.all([page.waitForEvent("download"), act()]);
  return readFile(await download.path());
}

describe("a bill", () => {
  test("comes first in a closed month, with what to invoice", async () => {
    await using tab = await visit(browser);
    await signIn(tab.page, stack);
    await figures(tab.page);
    const bill = await april();
    const card = tab.page.locator(".bill");
    await expect.poll(() => card.innerText()).toContain(`Bill ${bill.number}: April 2026`);
    await expect
      .poll(() => card.locator(".whole").innerText())
      .toContain(minutes.format(bill.totals.whole / 60));
    await expect
      .poll(() => card.innerText())
      .toContain("Not billed yet: adjustments of this month, +0.98 minutes");
    const [place, total] = [await card.boundingBox(), await tab.page.locator(".totals").boundingBox()];
    expect(place?.y ?? 0).toBeLessThan(total?.y ?? 0);
    await tab.page.getByRole("button", { name: "Live", exact: true }).click();
    await figures(tab.page);
    expect(await card.count()).toBe(0);
  });

  test("is listed with the others, opens, and links to the statement of its month", async () => {
    await using tab = await visit(browser);
    const { page } = tab;
    await signIn(page, stack);
    await figures(page);
    const bill = await april();
    await page.getByRole("button", { name: "Bills", exact: true }).click();
    await page.getByRole("button", { name: `Bill ${bill.number}: April 2026` }).click();
    await expect.poll(() => query(page)).toBe(`${APRIL}&bill=${bill.number}`);
    await expect.poll(() => page.title()).toBe(`Bill ${bill.number} · Voice minutes`);
    await expect.poll(() => headings(page)).toContain(`Bill ${bill.number}: April 2026`);
    await expect.poll(() => page.locator(".sum").innerText()).toContain("Usage of April 2026");
    await page.getByRole("button", { name: "Statement of the month" }).click();
    await expect.poll(() => query(page)).toBe(`${APRIL}&revision=1`);
    await page.goBack();
    await page.goBack();
    await expect.poll(() => headings(page)).toContain("Bills");
    expect(tab.problems).toEqual([]);
  });

  test("is saved as the API's CSV with the keyboard only, from the sign-in on", async () => {
    await using tab = await visit(browser);
    const { page } = tab;
    const bill = await april();
    const focusedText = () =>
      page.evaluate(
        "(document.activeElement?.innerText || document.activeElement?.getAttribute('aria-label') || '').trim()",
      );
    /** Presses Tab until a control has the focus, then Enter. */
    const choose = async (name: string) => {
      for (let presses = 0; presses < 60; presses += 1) {
        await page.keyboard.press("Tab");
        const text = String(await focusedText());
        if (text.startsWith(name)) return page.keyboard.press("Enter");
      }
      throw new Error(`${name} cannot be reached by keyboard`);
    };
    await page.goto(`${stack.url}/portal/${APRIL}`);
    await page.getByRole("button", { name: "Sign in" }).waitFor();
    await choose("Sign in");
    await page.getByRole("heading", { name: "Choose an account" }).waitFor();
    await choose("Head office");
    await figures(page);
    await choose("Bills");
    await page.getByRole("button", { name: `Bill ${bill.number}: April 2026` }).waitFor();
    await choose(`Bill ${bill.number}: April 2026`);
    await page.getByRole("button", { name: "Download CSV" }).waitFor();
    const file = await saved(page, () => choose("Download CSV"));
    const headers = { accept: "text/csv" };
    const { text } = await stack.ask({ path: `/v1/billing/bills/${bill.number}`, claim: EVERYONE, headers });
    expect(file).toEqual(Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), Buffer.from(text)]));
  });

  test("prints as a document with its sum, every organization and no controls", async () => {
    await using tab = await visit(browser);
    const { page } = tab;
    const bill = await april();
    await signIn(page, stack, `${APRIL}&bill=${bill.number}`);
    await page.locator(".sum").waitFor();
    const path = join(folder, "bill.pdf");
    await writeFile(path, await page.pdf({ format: "A4" }));
    const { stdout } = await promisify(execFile)("pdftotext", ["-layout", path, "-"]);
    expect(stdout).toMatch(new RegExp(`Bill ${bill.number}: April 2026`));
    expect(stdout).toMatch(/Partner\s+Head office/);
    expect(stdout).toMatch(
      new RegExp(`To invoice\\s+${minutes.format(bill.totals.whole / 60).replace(".", "\\.")} minutes`),
    );
    expect(stdout).toContain("Acme Dental");
    expect(stdout).not.toMatch(/Download|Sign out|All bills/);
  });

  test("that cannot be loaded says so beside the statement, and does not hide it", async () => {
    await using tab = await visit(browser);
    await tab.page.route("**/v1/billing/bills", (route) => route.fulfill({ status: 500, json: {} }));
    await signIn(tab.page, stack);
    await figures(tab.page);
    await tab.page.getByText("The bill of this month could not be loaded.").waitFor();
    await expect.poll(() => tab.page.locator(".organizations .line").count()).toBeGreaterThan(3);
  });
});

describe("a bill with adjustments of an earlier month", () => {
  let twice: TestStack;
  beforeAll(async () => {
    twice = await twiceBilledStack();
  });
  afterAll(() => twice[Symbol.asyncDispose]());

  /** The API's own sums of the bill of May. */
  async function may() {
    const { text } = await twice.ask({ path: "/v1/billing/bills/2", claim: EVERYONE });
    return parseBill(JSON.parse(text));
  }

  test("names their month in its sum, above the statement, on its own page and in the list", async () => {
    await using tab = await visit(browser);
    const { page } = tab;
    const { totals } = await may();
    expect(totals).toMatchObject({ adjustments: 59, adjustmentLines: 2 });
    const lines = [
      `Usage of May 2026 ${minutes.format(totals.usage / 60)} minutes`,
      "Adjustments of April 2026 0.98 minutes, exactly 59 s",
      `To invoice ${minutes.format(totals.whole / 60)} minutes`,
    ];
    const shown = async () => (await page.locator(".sum").innerText()).replaceAll(/\s+/g, " ");
    await signIn(page, twice, "?month=2026-05");
    await figures(page);
    for (const line of lines) await expect.poll(shown).toContain(line);
    await page.getByRole("button", { name: "Open the bill" }).click();
    await expect.poll(() => headings(page)).toContain("Adjustments of earlier months");
    for (const line of lines) await expect.poll(shown).toContain(line);
    await expect
      .poll(() => page.locator("main").innerText())
      .toContain("April 2026, revision 2; billed on bill 1");
    await page.getByRole("button", { name: "All bills" }).click();
    await expect
      .poll(async () =>
        (await page.locator(".bills .line").allInnerTexts()).map((text) => text.split("\n")[0]),
      )
      .toEqual(["Bill 2: May 2026", "Bill 1: April 2026"]);
    expect(await page.getByText("Not billed yet").count()).toBe(0);
    expect(tab.problems).toEqual([]);
  });

  test("prints every adjustment with its month and its original bill", async () => {
    await using tab = await visit(browser);
    await signIn(tab.page, twice, "?month=2026-05&bill=2");
    await tab.page.locator(".sum").waitFor();
    const path = join(folder, "adjusted.pdf");
    await writeFile(path, await tab.page.pdf({ format: "A4" }));
    const { stdout } = await promisify(execFile)("pdftotext", ["-layout", path, "-"]);
    expect(stdout).toMatch(/Anna\s+April 2026, revision 2\s+1\s+1\.02\s+1\.00\s+-0\.02\s+-1/);
    expect(stdout).toMatch(/Adjustments of\s+0\.98 minutes, exactly 59 seconds/);
  });
});
