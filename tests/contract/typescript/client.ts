/**
 * A client of the API as its reader would write it: types by openapi-typescript, requests by openapi-fetch. Prints
 * what it got as one JSON object. Compiling is half of the proof; `@ts-expect-error` marks what must not compile.
 */
import createClient from "openapi-fetch";
import type { components, paths } from "./schema.d.ts";

const { API = "", TOKEN = "" } = process.env;
const headers = { authorization: `Bearer ${TOKEN}` };
/** The report and the month are also available as CSV, so a client chooses. */
type Json = "application/json" | "application/problem+json";
const client = createClient<paths, Json>({ baseUrl: API, headers });
const csvClient = createClient<paths, "text/csv">({ baseUrl: API, headers });
const REPORT = "/v1/reports/minutes-by-organization";
const MONTH = "/v1/billing/snapshots/{period}";
const april = { start_date: "2026-04-01", end_date: "2026-04-30" };

/** Returns the answer, if the request succeeded. */
function answered<Data>({ data, response }: { data?: Data | undefined; response: Response }): Data {
  if (data === undefined) throw new Error(`${response.status} from ${response.url}`);
  return data;
}

/** Typed figures: what a bill is made of. */
function figuresOf(organizations: readonly components["schemas"]["Organization"][]) {
  return organizations.map(({ organization_id, reseller_id, total_voice_minutes, agents }) => ({
    organization_id,
    reseller_id,
    total_voice_minutes,
    seconds: agents.reduce((sum, { voice_minutes }) => sum + Math.round(voice_minutes * 60), 0),
  }));
}

const report = answered(await client.GET(REPORT, { params: { query: april } }));
const first = report.data[0]?.organization_id ?? "";
const second = report.data[1]?.organization_id ?? "";
const filters = { organization_ids: [first, second] };
const filtered = answered(await client.GET(REPORT, { params: { query: { ...april, ...filters } } }));
const posted = answered(await client.POST(REPORT, { body: { ...april, ...filters } }));

const months = answered(await client.GET("/v1/billing/snapshots"));
const newest = answered(await client.GET(MONTH, { params: { path: { period: "2026-04" } } }));
const revision1 = { path: { period: "2026-04" }, query: { revision: 1 } };
const closed = answered(await client.GET(MONTH, { params: revision1 }));
const csv = answered(
  await csvClient.GET(MONTH, { params: revision1, headers: { accept: "text/csv" }, parseAs: "text" }),
);

const etag = (await client.GET(MONTH, { params: revision1 })).response.headers.get("etag") ?? "";
const known = await client.GET(MONTH, { params: { ...revision1, header: { "if-none-match": etag } } });

const wrong = await client.GET(REPORT, { params: { query: { ...april, end_date: "2026-04-31" } } });
const stranger = await createClient<paths, Json>({ baseUrl: API }).GET(REPORT, { params: { query: april } });
const open = await client.GET(MONTH, { params: { path: { period: "2026-05" } } });

/** An error is one of the types of the operation's statuses; a program distinguishes them by members. */
const codes = wrong.error && "errors" in wrong.error ? wrong.error.errors.map(({ code }) => code) : [];
const refusal = stranger.error && "message" in stranger.error ? stranger.error.message : "";
const isOpen: components["schemas"]["Problem"]["type"] = "/problems/month_not_closed";

console.log(
  JSON.stringify({
    report: { figures: figuresOf(report.data), period: report.period },
    filtered: figuresOf(filtered.data),
    posted: figuresOf(posted.data),
    months: months.data.map(({ period, revision, as_of }) => ({ period, revision, as_of })),
    newest: {
      figures: figuresOf(newest.data),
      revision: newest.revision,
      delta: newest.adjustments.reduce((sum, { seconds_delta }) => sum + seconds_delta, 0),
    },
    closed: {
      figures: figuresOf(closed.data),
      revision: closed.revision,
      adjustments: closed.adjustments.length,
    },
    csvLines: csv.trim().split("\r\n").length,
    known: known.response.status,
    wrong: { status: wrong.response.status, codes },
    stranger: { status: stranger.response.status, refusal },
    open: {
      status: open.response.status,
      isOpen: open.error && "type" in open.error && open.error.type === isOpen,
    },
  }),
);

/** Never called: each line is a mistake that the types must find. */
export async function mistakes(): Promise<unknown[]> {
  return [
    // @ts-expect-error There is no such path.
    await client.GET("/v1/reports/minutes-by-organisation"),
    // @ts-expect-error Both days are required.
    await client.GET(REPORT, { params: { query: { start_date: "2026-04-01" } } }),
    // @ts-expect-error A filter is a list.
    await client.POST(REPORT, { body: { ...april, organization_ids: first } }),
    // @ts-expect-error A revision is a number.
    await client.GET(MONTH, { params: { path: { period: "2026-04" }, query: { revision: "1" } } }),
    // @ts-expect-error A month is named.
    await client.GET(MONTH),
    // @ts-expect-error The list of months is read, not written.
    await client.POST("/v1/billing/snapshots", {}),
    // @ts-expect-error An agent has minutes, and no seconds.
    report.data[0]?.agents[0]?.voice_seconds,
    // @ts-expect-error There is no such problem.
    isOpen === "/problems/month_closed",
  ];
}
