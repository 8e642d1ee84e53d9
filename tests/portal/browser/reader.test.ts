import { readFile } from "node:fs/promises";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { BUILT_PORTAL } from "../../../local/options.ts";
import { call, DENTAL, id, LAKE, NORTH, SOUTH } from "../../local/fixture.ts";
import { stackOver, type TestStack } from "../../local/test-stack.ts";
import { figures, launch, names, signIn, visit, WIDTHS } from "./pages.ts";

const CITY = "Łódź Ørsted Æther GmbH";

let browser: Browser;
let stack: TestStack;
beforeAll(async () => {
  browser = await launch();
  const city = { organization_id: id("d9"), internal_id: null, name: CITY, reseller_id: NORTH };
  const lake = {
    ...LAKE,
    organizations: [...LAKE.organizations, city],
    call_usage: [
      ...LAKE.call_usage,
      call("z1", {
        organization_id: DENTAL,
        started_at: new Date("2026-03-10T09:00:00Z"),
        duration_seconds: 90n,
      }),
    ],
  };
  stack = await stackOver(lake, {}, { portal: BUILT_PORTAL });
});
afterAll(async () => {
  await browser.close();
  await stack[Symbol.asyncDispose]();
});

describe("the reader's own", () => {
  test("digits change nothing else: in Arabic, changes have their arrows and titles too", async () => {
    await using plain = await visit(browser);
    await using arabic = await visit(browser, { locale: "ar-EG" });
    const shown: unknown[] = [];
    for (const { page } of [plain, arabic]) {
      await signIn(page, stack);
      await figures(page);
      shown.push(
        await page.evaluate(
          "[...document.querySelectorAll('.change, .totals dd')].map((cell) => [cell.querySelectorAll('.arrow').length, cell.querySelectorAll('[title]').length])",
        ),
      );
    }
    expect(shown[1]).toEqual(shown[0]);
    expect(JSON.stringify(shown[0])).toContain("[1,1]");
    await expect.poll(() => arabic.page.locator(".totals .figure").first().textContent()).toMatch(/[٠-٩]/);
  });

  test.each(["lodz", "Łódź", "ŁODZ", "orsted", "oersted", "aether lodz"])(
    "keyboard is enough to find a name with special letters: %s",
    async (typed) => {
      await using tab = await visit(browser);
      await signIn(tab.page, stack);
      await figures(tab.page);
      await tab.page.getByRole("searchbox").fill(typed);
      await expect.poll(() => names(tab.page)).toEqual([CITY]);
    },
  );

  test("type size is respected, with everything that depends on it", async () => {
    await using tab = await visit(browser);
    await signIn(tab.page, stack);
    await figures(tab.page);
    const size = () => tab.page.evaluate("Number.parseFloat(getComputedStyle(document.body).fontSize)");
    expect(await size()).toBe(15);
    const session = await tab.page.context().newCDPSession(tab.page);
    // The reader's settings of the browser.
    await session.send("Page.setFontSizes", { fontSizes: { standard: 24, fixed: 20 } });
    await expect.poll(size).toBe(22.5);
    expect(await tab.page.evaluate("document.getElementById('download').offsetHeight")).toBeGreaterThan(50);
    expect(await tab.page.evaluate("document.documentElement.scrollWidth")).toBeLessThanOrEqual(
      WIDTHS.wide.width,
    );
  });
});

describe("UTC", () => {
  test("time zone is mentioned wherever days are chosen", async () => {
    await using tab = await visit(browser);
    await signIn(tab.page, stack);
    await figures(tab.page);
    await expect.poll(() => tab.page.locator(".days").innerText()).toContain("UTC");
    await tab.page.getByLabel("Month (UTC)").waitFor();
    await tab.page.getByRole("slider", { name: "Day (UTC)" }).waitFor();
    await expect.poll(() => tab.page.locator(".trend .ends").innerText()).toContain("UTC");
    await tab.page.getByText("Days", { exact: true }).click();
    await figures(tab.page);
    await expect.poll(() => tab.page.locator(".days").innerText()).toContain("UTC");
    await tab.page.getByRole("group", { name: "Days, in UTC" }).waitFor();
  });
});

describe("the CSV file", () => {
  test("equals the API's, byte by byte, after a byte order mark", async () => {
    await using tab = await visit(browser);
    await signIn(tab.page, stack);
    await figures(tab.page);
    const [download] = await Promise.all([
      tab.page.waitForEvent("download"),
      tab.page.getByRole("button", { name: "Download CSV" }).click(),
    ]);
    const file = await readFile(await download.path());
    const { text } = await stack.ask({
      path: "/v1/reports/minutes-by-organization?start_date=2026-04-01&end_date=2026-04-30",
      claim: [NORTH, SOUTH],
      headers: { accept: "text/csv" },
    });
    expect(file.subarray(0, 3)).toEqual(Buffer.from([0xef, 0xbb, 0xbf]));
    expect(file.subarray(3)).toEqual(Buffer.from(text));
    expect(text).toContain(CITY);
    expect(text.codePointAt(0)).not.toBe(0xfe_ff);
  });
});
