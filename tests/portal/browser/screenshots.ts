/**
 * `npm run screenshots`: creates the pictures of the documents, over the sample lake, in docs/images. With `-- --all` it
 * puts every view into .local/screenshots instead, wide and on a phone, light and dark, and prints two of them as PDF.
 */
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
const ALL = join(ROOT, ".local", "screenshots");

/** What a picture shows, and how to get there. */
interface View {
  readonly query: string;
  /** The account; by default the head office. `null`: nobody signs in. */
  readonly partner?: string | null;
  readonly forcedColors?: "active";
  /** Prints the page as a PDF in place of a picture. */
  readonly isPrinted?: boolean;
  /** Actions before the picture is taken. */
  readonly arrange?: (page: Page) => Promise<void>;
}

interface Picture extends View {
  readonly name: string;
  readonly width: keyof typeof WIDTHS;
  readonly colorScheme: "light" | "dark";
}

async function openOrganization(page: Page): Promise<void> {
  await page.getByRole("button", { name: "Acme Dental" }).click();
  await page.locator(".inside").waitFor();
  await page.evaluate("document.getElementById('organizations').scrollIntoView()");
}

const VIEWS = {
  welcome: { query: APRIL, partner: null },
  report: { query: APRIL },
  partner: { query: APRIL, partner: "Northwind Voice" },
  open: { query: APRIL, arrange: openOrganization },
  "partner-open": { query: APRIL, partner: "Northwind Voice", arrange: openOrganization },
  adjustments: {
    query: APRIL,
    partner: "Brückner Telekom",
    arrange: async (page) => await page.locator(".adjustments summary").click(),
  },
  trend: {
    query: APRIL,
    arrange: async (page) => await page.locator(".trend").scrollIntoViewIfNeeded(),
  },
  live: { query: `${APRIL}&figures=live` },
  range: { query: "?start_date=2026-04-01&end_date=2026-04-15", partner: "Lumière Télécom" },
  bills: { query: `${APRIL}&bill=all` },
  bill: { query: `${APRIL}&bill=2`, partner: "Northwind Voice" },
  forced: { query: APRIL, forcedColors: "active" },
  "printed-report": { query: APRIL, partner: "Northwind Voice", isPrinted: true },
  "printed-bill": { query: `${APRIL}&bill=2`, partner: "Northwind Voice", isPrinted: true },
} as const satisfies Readonly<Record<string, View>>;

/** The pictures that documents show. */
const PICTURES: readonly Picture[] = [
  { name: "report-light", width: "wide", colorScheme: "light", ...VIEWS.report },
  { name: "report-dark", width: "wide", colorScheme: "dark", ...VIEWS.open },
  { name: "phone-light", width: "phone", colorScheme: "light", ...VIEWS.partner },
  { name: "phone-dark", width: "phone", colorScheme: "dark", ...VIEWS["partner-open"] },
  { name: "adjustments-light", width: "wide", colorScheme: "light", ...VIEWS.adjustments },
];

/** Every view, wide and on a phone, light and dark. */
function everyPicture(): Picture[] {
  return Object.entries(VIEWS).flatMap(([view, how]) =>
    (["wide", "phone"] as const).flatMap((width) =>
      (["light", "dark"] as const).map((colorScheme) => ({
        name: `${view}-${width}-${colorScheme}`,
        width,
        colorScheme,
        ...how,
      })),
    ),
  );
}

async function take(browser: Browser, url: string, picture: Picture, folder: string): Promise<void> {
  const { name, width, colorScheme, query, partner, forcedColors, isPrinted, arrange } = picture;
  await using tab = await visit(browser, {
    viewport: WIDTHS[width],
    colorScheme,
    reducedMotion: "reduce",
    ...(forcedColors && { forcedColors }),
  });
  if (partner === null) {
    await tab.page.goto(`${url}/portal/${query}`);
    await tab.page.getByRole("button", { name: "Sign in" }).waitFor();
  } else {
    await signIn(tab.page, { url }, query, partner);
    await (query.includes("bill=") ? tab.page.getByText("As of").first().waitFor() : figures(tab.page));
  }
  await arrange?.(tab.page);
  if (isPrinted) {
    await tab.page.pdf({ path: join(folder, `${name}.pdf`), format: "A4", preferCSSPageSize: true });
    return;
  }
  const path = join(folder, `${name}.png`);
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
const isAll = process.argv.includes("--all");
const images = isAll ? ALL : IMAGES;
await mkdir(images, { recursive: true });
await using stack = await ownStack({ portal: BUILT_PORTAL });
await closeMonths((event) => stack.snapshot(event));
const browser = await launch();
for (const picture of isAll ? everyPicture() : PICTURES) await take(browser, stack.url, picture, images);
if (isAll) console.log(`Wrote ${images}.`);
await browser.close();
