import type { Page } from "playwright-core";
import { DENTAL, NORTH, SOUTH } from "../../local/fixture.ts";
import type { TestStack } from "../../local/test-stack.ts";
import { APRIL, figures, signIn } from "./pages.ts";

/** The stacks of the scenes. */
export interface Stacks {
  /** Over the unchanged lake; no month is closed. */
  readonly open: TestStack;
  /** The same with April closed and revised. */
  readonly closed: TestStack;
  /** With April and May closed: the bill of May contains adjustments of April. */
  readonly billed: TestStack;
  /** One whose functions time out after three seconds. */
  readonly hasty: TestStack;
}

/** A state of the page. */
export interface Scene {
  readonly name: string;
  /** Brings a new page there. */
  play(page: Page, stacks: Stacks): Promise<void>;
  /** The page's text there. */
  readonly says: string;
}

const FAULTY = "StartQueryExecution";

/** A problem document, as the API renders it. */
function problem(status: number, code: string, detail: string, more: object = {}) {
  return {
    status,
    contentType: "application/problem+json",
    body: JSON.stringify({
      type: `/problems/${code}`,
      title: "",
      status,
      detail,
      request_id: "r-1",
      ...more,
    }),
  };
}

export const REPORT = "**/v1/reports/**";
export const BILL = "**/v1/billing/snapshots/2026-04";

/**
 * Answers like the API if the figures of all resellers do not fit but those of some would. No 170,000 agents are
 * generated for this.
 */
export async function refuseWhole(
  page: Page,
  path: string,
  names: Readonly<Record<string, string>> = { [NORTH]: "Northwind Voice", [SOUTH]: "Southern Cross" },
): Promise<void> {
  const resellers = Object.entries(names).map(([reseller_id, reseller_name]) => ({
    reseller_id,
    reseller_name,
  }));
  await page.route(path, (route) =>
    route.request().url().includes("reseller_ids=")
      ? route.continue()
      : route.fulfill(problem(413, "result_too_large", "The report does not fit.", { resellers })),
  );
}

/** Every view and every state of the page. */
export const SCENES: readonly Scene[] = [
  {
    name: "to sign in",
    says: "Voice minutes for partners",
    play: async (page, { open }) => {
      await page.goto(`${open.url}/portal/`);
      await page.getByRole("button", { name: "Sign in" }).waitFor();
    },
  },
  {
    name: "an open month",
    says: "So far",
    play: async (page, { open }) => {
      await signIn(page, open);
      await figures(page);
    },
  },
  {
    name: "a closed month, its adjustments and an organization open",
    says: "2 adjustments to revision 1",
    play: async (page, { closed }) => {
      await signIn(page, closed, `${APRIL}&open=${DENTAL}.${NORTH}`);
      await figures(page);
      await page.locator(".adjustments summary").click();
    },
  },
  {
    name: "a closed month, live",
    says: "The live report, not the bill. Billed is revision 2.",
    play: async (page, { closed }) => {
      await signIn(page, closed, `${APRIL}&figures=live`);
      await figures(page);
    },
  },
  {
    name: "days, and the resellers to choose from",
    says: "Days",
    play: async (page, { open }) => {
      await signIn(page, open, "?start_date=2026-04-10&end_date=2026-04-12");
      await figures(page);
      await page.locator(".menu summary").click();
    },
  },
  {
    name: "a search that finds nothing",
    says: "Nothing found",
    play: async (page, { open }) => {
      await signIn(page, open, `${APRIL}&q=nobody`);
      await figures(page);
    },
  },
  {
    name: "loading",
    says: "Loading April 2026",
    play: async (page, { open }) => {
      open.faults.set([{ on: "GetQueryExecution", effect: { kind: "show", state: "RUNNING" } }]);
      await signIn(page, open);
      await page.getByText(/^[1-9] s/).waitFor();
    },
  },
  {
    name: "empty",
    says: "No calls in January 2026",
    play: async (page, { closed }) => {
      await signIn(page, closed, "?month=2026-01");
      await page.getByRole("button", { name: "Show April 2026" }).waitFor();
    },
  },
  {
    name: "resellers of somebody else",
    says: "No data for the selected resellers",
    play: async (page, { open }) => {
      await signIn(page, open, `${APRIL}&resellers=${NORTH}`, "Southern Cross");
      await page.getByRole("button", { name: "Show all resellers" }).waitFor();
    },
  },
  {
    name: "no resellers",
    says: "No resellers yet",
    play: async (page, { open }) => {
      await signIn(page, open, APRIL, "New partner");
      await page.getByRole("heading", { name: "No resellers yet" }).waitFor();
    },
  },
  {
    name: "a refused request",
    says: "end_date is before start_date; both days are included in the range.",
    play: async (page, { open }) => {
      await signIn(page, open, "?start_date=2026-04-10&end_date=2026-04-01");
      await page.getByRole("heading", { name: "These days cannot be shown" }).waitFor();
    },
  },
  {
    name: "a busy engine",
    says: "Try again in",
    play: async (page, { open }) => {
      open.faults.set([
        { on: FAULTY, effect: { kind: "refuse", status: 400, type: "TooManyRequestsException" } },
      ]);
      await signIn(page, open);
      await page.getByRole("heading", { name: "The service is busy" }).waitFor();
    },
  },
  {
    name: "a slow engine",
    says: "The report took too long",
    play: async (page, { hasty }) => {
      hasty.faults.set([{ on: "GetQueryExecution", effect: { kind: "show", state: "RUNNING" } }]);
      await signIn(page, hasty);
      await page.getByRole("heading", { name: "The report took too long" }).waitFor();
    },
  },
  {
    name: "an answer that is too large",
    says: "select one or a few resellers above",
    play: async (page, { open }) => {
      await refuseWhole(page, REPORT);
      await signIn(page, open);
      await page.locator(".menu summary").click();
    },
  },
  {
    name: "one reseller that is too large",
    says: "This page cannot show it",
    play: async (page, { open }) => {
      await refuseWhole(page, REPORT, { [NORTH]: "Northwind Voice" });
      await signIn(page, open, APRIL, "Northwind Voice");
      await page.getByRole("heading", { name: "too large" }).waitFor();
    },
  },
  {
    name: "a bill that is too large",
    says: "for one or a few resellers at a time",
    play: async (page, { closed }) => {
      await refuseWhole(page, BILL);
      await signIn(page, closed);
      await page.getByRole("heading", { name: "too large" }).waitFor();
    },
  },
  {
    name: "an account that may not",
    says: "Your account has no access",
    play: async (page, { open }) => {
      await page.route("**/v1/**", (route) => route.fulfill({ status: 403, json: { message: "Forbidden" } }));
      await signIn(page, open);
      await page.getByRole("heading", { name: "has no access" }).waitFor();
    },
  },
  {
    name: "an internal error",
    says: "give them this number: r-1",
    play: async (page, { open }) => {
      await page.route("**/v1/**", (route) =>
        route.fulfill(problem(500, "internal_error", "The answer could not be made.")),
      );
      await signIn(page, open);
      await page.getByRole("heading", { name: "Something went wrong" }).waitFor();
    },
  },
  {
    name: "offline",
    says: "You are offline",
    play: async (page, { open }) => {
      await signIn(page, open);
      await figures(page);
      await page.context().setOffline(true);
      await page.getByRole("button", { name: "Refresh" }).click();
      await page.getByRole("heading", { name: "You are offline" }).waitFor();
    },
  },
  {
    name: "a view from memory that a 304 confirmed",
    says: "Confirmed unchanged at",
    play: async (page, { closed }) => {
      await signIn(page, closed);
      await figures(page);
      await page.getByRole("button", { name: "Refresh" }).click();
      await page.getByText("Confirmed unchanged").waitFor();
    },
  },
  {
    name: "a view from memory that cannot be confirmed",
    says: "These figures may be out of date.",
    play: async (page, { closed }) => {
      await signIn(page, closed);
      await figures(page);
      await page.context().setOffline(true);
      await page.getByRole("button", { name: "Refresh" }).click();
      await page.getByText("may be out of date").waitFor();
    },
  },
  {
    name: "a bill whose stored data is damaged",
    says: "Stored billing data is damaged",
    play: async (page, { closed }) => {
      await page.route(BILL, (route) => route.fulfill(problem(503, "snapshot_damaged", "")));
      await signIn(page, closed);
      await page.getByRole("button", { name: "Show the live report" }).waitFor();
    },
  },
  {
    name: "a list of months that fails",
    says: "The list of closed months could not be loaded",
    play: async (page, { closed }) => {
      await page.route("**/v1/billing/snapshots", (route) => route.fulfill({ status: 500, json: {} }));
      await signIn(page, closed);
      await figures(page);
    },
  },
  {
    name: "a service that cannot be reached",
    says: "The service cannot be reached",
    play: async (page, { open }) => {
      await page.route("**/v1/**", (route) => route.abort());
      await signIn(page, open);
      await page.getByRole("heading", { name: "cannot be reached" }).waitFor();
    },
  },
  {
    name: "a firewall's answer",
    says: "Your network blocked the request",
    play: async (page, { open }) => {
      await page.route("**/v1/**", (route) =>
        route.fulfill({ status: 403, contentType: "text/html", body: "<h1>Blocked</h1>" }),
      );
      await signIn(page, open);
      await page.getByRole("heading", { name: "Your network blocked" }).waitFor();
    },
  },
  {
    name: "a token that is too large",
    says: "Your account has too many resellers for one sign-in",
    play: async (page, { open }) => {
      await page.route("**/v1/**", (route) => route.fulfill({ status: 431, json: {} }));
      await signIn(page, open);
      await page.getByRole("heading", { name: "too many resellers" }).waitFor();
    },
  },
  {
    name: "signed out at a provider that keeps its session",
    says: "You are signed out",
    play: async (page, { open }) => {
      await signIn(page, open);
      await figures(page);
      await page.route("**/.well-known/openid-configuration", (route) => route.abort());
      await page.getByRole("button", { name: "Sign out" }).click();
      await page.getByRole("heading", { name: "You are signed out" }).waitFor();
    },
  },
  {
    name: "signed out in another tab",
    says: "You signed out in another tab",
    play: async (page, { open }) => {
      await signIn(page, open);
      await figures(page);
      await page.evaluate("new BroadcastChannel('sign-out').postMessage('')");
      await page.getByText("in another tab").waitFor();
    },
  },
  {
    name: "a wrong clock",
    says: "It is 3 days ahead of the service's clock.",
    play: async (page, { open }) => {
      await page.clock.setSystemTime(Date.now() + 3 * 86_400_000);
      await signIn(page, open);
      await page.getByRole("heading", { name: "This device's clock is wrong" }).waitFor();
    },
  },
  {
    name: "a browser that blocks storage",
    says: "Your browser blocks cookies for this page",
    play: async (page, { open }) => {
      await page.addInitScript(
        "Object.defineProperty(window, 'sessionStorage', { get() { throw new DOMException('denied', 'SecurityError'); } })",
      );
      await page.goto(`${open.url}/portal/`);
      await page.getByRole("heading", { name: "blocks cookies" }).waitFor();
    },
  },
  {
    name: "the list of bills",
    says: "To invoice",
    play: async (page, { closed }) => {
      await signIn(page, closed, `${APRIL}&bill=all`);
      await page.getByRole("heading", { name: "Bills" }).waitFor();
    },
  },
  {
    name: "a bill",
    says: "Usage of April 2026",
    play: async (page, { closed }) => {
      await signIn(page, closed, `${APRIL}&bill=all`);
      await page.getByRole("button", { name: ": April 2026" }).click();
      await page.locator(".sum").waitFor();
    },
  },
  {
    name: "a closed month whose bill contains adjustments",
    says: "Adjustments of April 2026",
    play: async (page, { billed }) => {
      await signIn(page, billed, "?month=2026-05");
      await figures(page);
      await page.getByText("Adjustments of April 2026").waitFor();
    },
  },
  {
    name: "two bills",
    says: "Bill 2: May 2026",
    play: async (page, { billed }) => {
      await signIn(page, billed, "?month=2026-05&bill=all");
      await page.getByRole("heading", { name: "Bills" }).waitFor();
    },
  },
  {
    name: "a bill with adjustments of an earlier month",
    says: "Adjustments of earlier months",
    play: async (page, { billed }) => {
      await signIn(page, billed, "?month=2026-05&bill=2");
      await page.locator(".sum").waitFor();
    },
  },
  {
    name: "usage by day as a table",
    says: "Day (UTC)",
    play: async (page, { open }) => {
      await signIn(page, open);
      await figures(page);
      await page.getByText("Show as a table").click();
    },
  },
  {
    name: "a session that has ended",
    says: "Your session has ended",
    play: async (page, { open }) => {
      await page.route("**/v1/**", (route) =>
        route.fulfill({ status: 401, json: { message: "Unauthorized" } }),
      );
      await signIn(page, open);
      await page.getByRole("heading", { name: "Your session has ended" }).waitFor();
    },
  },
];
