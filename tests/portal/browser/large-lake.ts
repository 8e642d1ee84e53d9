import type { CallRecord, Lake } from "../../../local/lake/records.ts";
import { call, id } from "../../local/fixture.ts";

const RESELLERS = ["Northwind Voice", "Southern Cross", "Lumière Télécom"].map((name, index) => ({
  reseller_id: id(`a${index}`),
  internal_id: null,
  name,
}));

/** This many organizations and agents in each; every agent has a call in March and one in April 2026. */
export function largeLake(organizationCount: number, agentsEach: number): Lake {
  const organizations = Array.from({ length: organizationCount }, (_, index) => ({
    organization_id: id((0x1_0000 + index).toString(16)),
    internal_id: null,
    name: `${WORDS[index % WORDS.length]} ${TRADES[(index * 7) % TRADES.length]} ${index}`,
    reseller_id: RESELLERS[index % RESELLERS.length]?.reseller_id ?? "",
  }));
  const agents = organizations.flatMap(({ organization_id, reseller_id }, index) =>
    Array.from({ length: agentsEach }, (_, place) => ({
      agent_id: id((0x10_0000 + index * agentsEach + place).toString(16)),
      organization_id,
      reseller_id,
      external_id: null,
      internal_id: null,
      name: `${WORDS[(index + place) % WORDS.length]} ${place}`,
    })),
  );
  const call_usage: CallRecord[] = agents.flatMap(({ agent_id, organization_id, reseller_id }, index) =>
    ["2026-03-12", "2026-04-12"].map((day, month) =>
      call((0x1000_0000 * (month + 1) + index).toString(16), {
        reseller_id,
        organization_id,
        agent_id,
        started_at: new Date(`${day}T10:00:00Z`),
        duration_seconds: BigInt(60 + ((index * 7_919 + month * 104_729) % 7_200)),
      }),
    ),
  );
  return { resellers: RESELLERS, organizations, agents, call_usage };
}

const WORDS = [
  "Harbour",
  "Ängström",
  "Clinique",
  "Pinnacle",
  "Größmann",
  "Océan",
  "Summit",
  "Riverside",
  "Fernweh",
];
const TRADES = [
  "Dental",
  "Freight & Storage",
  "Bäckerei",
  "Property Management",
  "Librairie",
  "Roofing",
  "Telekom",
];
