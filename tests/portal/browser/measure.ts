/**
 * `npm run bench:portal`: measures the page's interactions with 5,000 organizations, in Debian's Chromium over the
 * local stack. Prints the figures and writes them to docs/benchmarks-portal.md. Times are those of the page's thread
 * (`Performance.getMetrics`, `threadTicks`), without throttling.
 */

import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { cpus, loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import type { CDPSession, Page } from "playwright-core";
import * as z from "zod";
import { portalFiles } from "../../../infra/portal-files.ts";
import { writeLake } from "../../../local/lake/write.ts";
import { BUILT_PORTAL } from "../../../local/options.ts";
import { ownStack } from "../../../local/own-stack.ts";
import { installChromium } from "./chromium.ts";
import { largeLake } from "./large-lake.ts";
import { figures, launch, signIn, visit } from "./pages.ts";

const ORGANIZATIONS = 5_000;
const AGENTS_EACH = 6;
const ROUNDS = 5;

const metrics = z.object({ metrics: z.array(z.object({ name: z.string(), value: z.number() })) });

/** Milliseconds of the page's own thread. */
interface Cost {
  readonly script: number;
  readonly layout: number;
  /** Script, style, layout and painting together. */
  readonly task: number;
}

async function spent(session: CDPSession): Promise<Cost> {
  const { metrics: all } = metrics.parse(await session.send("Performance.getMetrics"));
  const of = (name: string) => 1_000 * (all.find((metric) => metric.name === name)?.value ?? 0);
  const layout = of("LayoutDuration") + of("RecalcStyleDuration");
  return { script: of("ScriptDuration"), layout, task: of("TaskDuration") };
}

/** The cost of an interaction, from the click to two frames after it. */
async function costOf(page: Page, session: CDPSession, interact: () => Promise<unknown>): Promise<Cost> {
  const before = await spent(session);
  await interact();
  await page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))");
  await page.waitForTimeout(200);
  const after = await spent(session);
  return {
    script: after.script - before.script,
    layout: after.layout - before.layout,
    task: after.task - before.task,
  };
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}

function line(name: string, costs: readonly Cost[]): string {
  const of = (part: keyof Cost) => costs.map((cost) => cost[part]);
  const times = [median(of("script")), median(of("layout")), median(of("task")), Math.max(...of("task"))];
  return `| ${[name, ...times.map((ms) => ms.toFixed(0))].join(" | ")} |`;
}

function sizes(): string {
  const config = {
    issuer: "https://issuer.example.com",
    client_id: "portal",
    scope: "openid",
    parameters: {},
  };
  const rows = portalFiles(BUILT_PORTAL, config).map(({ path, content }) => ({
    path: path.replace(/-\w{8}\./, "."),
    plain: content.byteLength,
    zipped: gzipSync(content).byteLength,
  }));
  const total = rows.reduce((sum, { zipped }) => sum + zipped, 0);
  const kb = (bytes: number) => (bytes / 1_000).toFixed(1);
  return [
    "| file | KB | KB gzipped |\n|---|--:|--:|",
    ...rows.map(({ path, plain, zipped }) => `| ${path} | ${kb(plain)} | ${kb(zipped)} |`),
    `| in all | | **${kb(total)}** |`,
  ].join("\n");
}

async function interactions(): Promise<string[]> {
  const browser = await launch();
  const folder = await mkdtemp(join(tmpdir(), "portal-lake-"));
  const lake = join(folder, "lake");
  await writeLake(lake, largeLake(ORGANIZATIONS, AGENTS_EACH));
  await using stack = await ownStack({ portal: BUILT_PORTAL }, lake);
  await using tab = await visit(browser);
  const { page } = tab;
  const session = await page.context().newCDPSession(page);
  await session.send("Performance.enable", { timeDomain: "threadTicks" });
  const lines: string[] = [];
  const measure = async (name: string, each: (round: number) => Promise<unknown>, rounds = ROUNDS) => {
    const costs: Cost[] = [];
    for (let round = 0; round < rounds; round += 1)
      costs.push(await costOf(page, session, () => each(round)));
    lines.push(line(name, costs));
  };

  await signIn(page, stack);
  await figures(page);
  await measure(
    "load both periods and show them",
    async () => {
      await page.getByRole("button", { name: "Refresh" }).click();
      await page.getByRole("heading", { name: "Loading" }).waitFor();
      await figures(page);
    },
    3,
  );
  const header = (name: string) => page.getByRole("columnheader", { name }).getByRole("button");
  await measure("sort by name", () => header("Organization").click());
  await measure("sort by change", () => header("Change").click());
  const search = page.getByRole("searchbox");
  await search.focus();
  await measure("a keystroke in the search", (round) => page.keyboard.press("gross"[round] ?? "a"));
  await search.fill("");
  const rows = page.locator(".organizations > table > tbody > .line button");
  await measure("open an organization", (round) => rows.nth(round).click());
  await measure("scroll by a screen", () => page.mouse.wheel(0, 900), 20);
  const lastRow = page.locator(`.line[aria-rowindex="${ORGANIZATIONS + 1}"]`);
  const toEnd = async () => {
    await page.evaluate("scrollTo(0, document.body.scrollHeight)");
    await lastRow.waitFor();
    await page.waitForTimeout(200);
  };
  await header("Organization").click();
  await measure("scroll by ten screens", () => page.mouse.wheel(0, 9_000), 20);
  await toEnd();
  await measure("scroll by a screen at the end of 5,000 lines", (round) =>
    page.mouse.wheel(0, round % 2 === 0 ? -900 : 900),
  );
  await measure("open an organization at the end of 5,000 lines", (round) => rows.nth(-2 - round).click());
  const costs: Cost[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    await toEnd();
    const sort = () => header(round % 2 === 0 ? "Minutes" : "Organization").click();
    costs.push(await costOf(page, session, sort));
  }
  lines.push(line("sort at the end of 5,000 lines", costs));
  await browser.close();
  await rm(folder, { recursive: true });
  return lines;
}

installChromium();
const [load = 0] = loadavg();
const document = `# The report page: size and interactions

Made by \`npm run bench:portal\` on ${new Date().toISOString().slice(0, 10)}, on ${cpus().length} cores with a load of ${load.toFixed(1)} at the start, with Debian's Chromium, headless and unthrottled. Ratios hold on other machines, times do not.

${sizes()}

${ORGANIZATIONS.toLocaleString("en")} organizations of ${AGENTS_EACH} agents each. Times are Chromium's own: processor time of the page's thread (Performance.getMetrics), so the time of other programs is not in them. A busy machine still makes them longer. From 50 ms on, a reader may feel it. All of it holds painting, and what the browser's driver does on the same thread to find and click what it clicks.

| interaction | script, ms | style and layout, ms | all of it, ms | all of it, most |
|---|--:|--:|--:|--:|
${(await interactions()).join("\n")}
`;
await writeFile(join(import.meta.dirname, "..", "..", "..", "docs", "benchmarks-portal.md"), document);
console.log(document);
