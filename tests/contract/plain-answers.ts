import { inject } from "vitest";
import * as z from "zod";

const { url, token } = inject("api");

export const REPORT = "/v1/reports/minutes-by-organization";
export const APRIL = `${REPORT}?start_date=2026-04-01&end_date=2026-04-30`;
export const SNAPSHOTS = "/v1/billing/snapshots";

export const BILLS = "/v1/billing/bills";

const reported = z.object({
  data: z.array(
    z.object({
      organization_id: z.string(),
      organization_name: z.string(),
      reseller_id: z.string(),
      total_voice_minutes: z.number(),
      agents: z.array(z.object({ agent_name: z.string(), voice_minutes: z.number() })),
    }),
  ),
});

export type PlainReport = z.infer<typeof reported>;

const listed = z.object({
  data: z.array(z.object({ period: z.string(), revision: z.int(), as_of: z.string() })),
});

const billed = reported.extend({
  revision: z.int(),
  as_of: z.string(),
  adjustments: z.array(z.object({ seconds_delta: z.int() })),
});

const billList = z.object({
  data: z.array(
    z.object({
      number: z.int(),
      period: z.string().nullable(),
      totals: z.object({
        usage_seconds: z.int(),
        adjustment_seconds: z.int(),
        seconds: z.int(),
      }),
    }),
  ),
  pending: z.array(z.object({ period: z.string(), adjustment_seconds: z.int() })),
});

/** Fetches a GET without any client. Every client must get the same. */
export async function plainText(path: string, accept = "application/json"): Promise<string> {
  const headers = { accept, authorization: `Bearer ${token}` };
  const response = await fetch(`${url}${path}`, { headers });
  if (!response.ok) throw new Error(`${response.status} from ${path}`);
  return response.text();
}

export async function plainReport(path: string): Promise<PlainReport> {
  return reported.parse(JSON.parse(await plainText(path)));
}

export async function plainMonths() {
  return listed.parse(JSON.parse(await plainText(SNAPSHOTS))).data;
}

export async function plainBills() {
  return billList.parse(JSON.parse(await plainText(BILLS)));
}

export async function plainMonth(path: string) {
  const month = billed.parse(JSON.parse(await plainText(path)));
  const delta = month.adjustments.reduce((sum, { seconds_delta }) => sum + seconds_delta, 0);
  return { ...month, delta };
}

/** Exact seconds of a figure. */
export function secondsOf(minutes: number): number {
  return Math.round(minutes * 60);
}

/** The figures that the clients print. */
export function figuresOf({ data }: PlainReport) {
  return data.map(({ organization_id, reseller_id, total_voice_minutes, agents }) => ({
    organization_id,
    reseller_id,
    total_voice_minutes,
    seconds: agents.reduce((sum, { voice_minutes }) => sum + secondsOf(voice_minutes), 0),
  }));
}

/** The address of a report of April's organizations with these indexes. */
export function ofOrganizations({ data }: PlainReport, ...places: readonly number[]): string {
  return `${APRIL}&organization_ids=${places.map((place) => data[place]?.organization_id).join()}`;
}
