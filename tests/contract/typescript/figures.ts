/** Prints the exact seconds of the figures that the API gives, read with the types of openapi-typescript. */
import createClient from "openapi-fetch";
import type { paths } from "./schema.d.ts";

const client = createClient<paths, "application/json">({ baseUrl: process.env["API"] ?? "" });
const query = { start_date: "2026-04-01", end_date: "2026-04-30" };
const report = await client.GET("/v1/reports/minutes-by-organization", { params: { query } });
const month = await client.GET("/v1/billing/snapshots/{period}", { params: { path: { period: "2026-04" } } });

const agents = report.data?.data.flatMap((organization) => organization.agents) ?? [];
const adjustments = month.data?.adjustments ?? [];
console.log(
  JSON.stringify({
    seconds: agents.map(({ voice_minutes }) => Math.round(voice_minutes * 60)),
    adjustments: adjustments.map((each) => [each.seconds_before, each.seconds_after, each.seconds_delta]),
  }),
);
