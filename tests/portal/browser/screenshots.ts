/** `npm run screenshots`: creates the README's pictures of the report page, over the sample lake, in docs/images. */
import { spawnSync } from "node:child_process";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { BUILT_PORTAL } from "../../../local/options.ts";
import { ownStack } from "../../../local/own-stack.ts";
import { installChromium } from "./chromium.ts";
import { APRIL, figures, launch, signIn, visit, WIDTHS } from "./pages.ts";

const ROOT = join(import.meta.dirname, "..", "..", "..");
const IMAGES = join(ROOT, "docs", "images");

interface Picture {
  readonly name: string;
  readonly width: keyof typeof WIDTHS;
  readonly colorScheme: "light" | "dark";
  /** The account; by default the head office. */
  readonly partner?: string;
  readonly query: string;
  /** Actions before the picture is taken. */
  readonly arrange?: (page: Page) => Promise<void>;
}

const acme = (page: Page) => page.getByRole("button", { name: "Acme Dental" });

const PICTURES: readonly Picture[] = [
  { name: "report-light", width: "wide", colorScheme: "light", query: APRIL },
  {
    name: "report-dark",
    width: "wide",
    colorScheme: "dark",
    query: APRIL,
    arrange: async (page) => {
      await acme(page).click();
      await page.locator(".inside").waitFor();
      await page.evaluate("document.getElementById('organizations').scrollIntoView()");
    },
  },
  { name: "phone-light", width: "phone", colorScheme: "light", query: APRIL, partner: "Northwind Voice" },
  {
    name: "phone-dark",
    width: "phone",
    colorScheme: "dark",
    query: APRIL,
    partner: "Northwind Voice",
    arrange: async (page) => {
      await acme(page).click();
      await page.locator(".inside").waitFor();
      await page.evaluate("document.getElementById('organizations').scrollIntoView()");
    },
  },
  {
    name: "adjustments-light",
    width: "wide",
    colorScheme: "light",
    query: APRIL,
    partner: "Brückner Telekom",
    arrange: async (page) => {
      await page.locator(".adjustments summary").click();
    },
  },
];

async function take(browser: Browser, url: string, picture: Picture): Promise<void> {
  const { name, width, colorScheme, query, partner, arrange } = picture;
  await using tab = await visit(browser, { viewport: WIDTHS[width], colorScheme, reducedMotion: "reduce" });
  await signIn(tab.page, { url }, query, partner);
  await figures(tab.page);
  await arrange?.(tab.page);
  const path = join(IMAGES, `${name}.png`);
  await tab.page.screenshot({ path });
  const { status, stderr } = spawnSync("pngquant", ["--force", "--strip", "--output", path, "128", path]);
  if (status !== 0) throw new Error(`pngquant: ${stderr.toString()}`);
}

/** The sample as partners see it on 11 May 2026: March and April are closed, and April was revised once. */
async function closeMonths(snapshot: (event: object) => Promise<unknown>): Promise<void> {
  await snapshot({ period: "2026-03", as_of: "2026-04-04T06:00:00Z" });
  await snapshot({ scheduled_time: "2026-05-04T06:00:00Z" });
  await snapshot({ scheduled_time: "2026-05-10T06:00:00Z" });
}

// The page asks for the reader's own font; Inter is a common one.
installChromium("fonts-inter", "pngquant");
await mkdir(IMAGES, { recursive: true });
await using stack = await ownStack({ portal: BUILT_PORTAL });
await closeMonths((event) => stack.snapshot(event));
const browser = await launch();
for (const picture of PICTURES) await take(browser, stack.url, picture);
await browser.close();
