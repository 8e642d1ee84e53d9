import type { AgentRecord, CallRecord, Lake, OrganizationRecord } from "../../../local/lake/records.ts";
import { BILLED_LAKE } from "../../local/billed-lake.ts";
import { ANNA, BORIS, call, id } from "../../local/fixture.ts";

/** The reseller of the organizations whose names are hard to show. */
export const EAST = id("a7");

/** Names that could break the page's layout. */
export const HARD_NAMES = [
  `Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft${"nachfolger".repeat(12)}`,
  `The Honourable Company of Very Long Names, with Offices in ${"Llanfairpwllgwyngyll and ".repeat(8)}London`,
  "شركة الاتصالات المتحدة (2026) ش.م.م",
  "בית הקפה של רות \u202e ltd",
  `<img src=x onerror="document.title='owned'"><script>document.title='owned'</script>`,
  "</script>&amp;&lt;b&gt;{{7*7}}${7*7}%s",
  '=HYPERLINK("https://example.com")',
  "👩‍🚀🏳️‍🌈 Zürich\u0301\u0302\u0303\u0304 ﷽",
];

const organizations: OrganizationRecord[] = HARD_NAMES.map((name, index) => ({
  organization_id: id(`e${index}`),
  internal_id: null,
  name,
  reseller_id: EAST,
}));

const agents: AgentRecord[] = HARD_NAMES.map((name, index) => ({
  agent_id: id(`f${index}`),
  organization_id: id(`e${index}`),
  reseller_id: EAST,
  external_id: null,
  internal_id: null,
  name: `${name} · agent`,
}));

const calls: CallRecord[] = HARD_NAMES.flatMap((_, index) =>
  ["2026-03-12", "2026-04-12"].map((day) =>
    call(`${day.slice(6, 7)}e${index}`, {
      reseller_id: EAST,
      organization_id: id(`e${index}`),
      agent_id: id(`f${index}`),
      started_at: new Date(`${day}T10:00:00Z`),
      duration_seconds: BigInt(100 + 37 * index),
    }),
  ),
);

/** The same with a call on every day of May, so that May can be closed too. */
export function withMay(lake: Lake): Lake {
  const may = Array.from({ length: 31 }, (_, index) =>
    call(`a${index}`, { started_at: new Date(Date.UTC(2026, 4, 1 + index, 9)), duration_seconds: 90n }),
  );
  return { ...lake, call_usage: [...lake.call_usage, ...may] };
}

/** April can be closed, twice; March has some calls; one reseller has names that are hard to show. */
export const PORTAL_LAKE: Lake = {
  resellers: [
    ...BILLED_LAKE.resellers,
    { reseller_id: EAST, internal_id: null, name: "<b>Östlich</b> & Söhne ‏تيليكوم" },
  ],
  organizations: [...BILLED_LAKE.organizations, ...organizations],
  agents: [...BILLED_LAKE.agents, ...agents],
  call_usage: [
    ...BILLED_LAKE.call_usage,
    ...calls,
    call("1a1", { started_at: new Date("2026-03-10T09:00:00Z"), duration_seconds: 50n }),
    call("1a2", { agent_id: BORIS, started_at: new Date("2026-03-11T09:00:00Z"), duration_seconds: 1_000n }),
    call("f1", { agent_id: ANNA, started_at: new Date("2026-05-02T09:00:00Z"), duration_seconds: 61n }),
  ],
};
