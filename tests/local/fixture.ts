import type { CallRecord, Lake } from "../../local/lake/records.ts";

/** A readable UUID: `id("a1")` is `000000a1-0000-4000-8000-000000000000`. */
export function id(short: string): string {
  return `${short.padStart(8, "0")}-0000-4000-8000-000000000000`;
}

export const NORTH = id("a1");
export const SOUTH = id("a2");
export const DENTAL = id("b1");
export const BAKERY = id("b2");
export const SILENT = id("b3");
/** Was NORTH's until it was sold to SOUTH. */
export const SOLD = id("b4");
export const ANNA = id("c1");
export const BORIS = id("c2");
export const CARLA = id("c3");
export const DELETED = id("c9");

/** A call of 60 s by Anna of Acme Dental on 2026-04-10, with these overrides. */
export function call(callId: string, overrides: Partial<CallRecord> = {}): CallRecord {
  const started = overrides.started_at ?? new Date("2026-04-10T09:00:00Z");
  return {
    call_id: id(callId),
    reseller_id: NORTH,
    organization_id: DENTAL,
    agent_id: ANNA,
    started_at: started,
    duration_seconds: 60n,
    recorded_at: new Date(started.getTime() + 3_600_000),
    dt: started.toISOString().slice(0, 10),
    ...overrides,
  };
}

/** Two resellers, four organizations, one of them sold in between; calls of April 2026. */
export const LAKE: Lake = {
  resellers: [
    { reseller_id: NORTH, internal_id: "RES-1", name: "Northwind Voice" },
    { reseller_id: SOUTH, internal_id: "RES-2", name: "Southern Cross" },
  ],
  organizations: [
    { organization_id: DENTAL, internal_id: "ORG-1", name: "Acme Dental", reseller_id: NORTH },
    { organization_id: SILENT, internal_id: "ORG-3", name: "Silent Library", reseller_id: NORTH },
    { organization_id: BAKERY, internal_id: "ORG-2", name: "Bakery", reseller_id: SOUTH },
    { organization_id: SOLD, internal_id: "ORG-4", name: "Secret New Name", reseller_id: SOUTH },
  ],
  agents: [
    agent(ANNA, DENTAL, NORTH, "Anna"),
    agent(BORIS, DENTAL, NORTH, "Boris"),
    agent(CARLA, SOLD, SOUTH, "Carla Renamed"),
  ],
  call_usage: [
    call("1"),
    call("2", { duration_seconds: 1n }),
    call("3", { agent_id: DELETED, duration_seconds: 30n }),
    call("4", { agent_id: null, duration_seconds: 90n }),
    call("5", { organization_id: SOLD, agent_id: CARLA, duration_seconds: 600n }),
    call("6", {
      reseller_id: SOUTH,
      organization_id: SOLD,
      agent_id: CARLA,
      duration_seconds: 1_200n,
      started_at: new Date("2026-04-20T12:00:00Z"),
    }),
    call("7", { reseller_id: SOUTH, organization_id: BAKERY, agent_id: null, duration_seconds: 45n }),
  ],
};

function agent(agent_id: string, organization_id: string, reseller_id: string, name: string) {
  return { agent_id, organization_id, reseller_id, external_id: null, internal_id: null, name };
}

export const APRIL = "?start_date=2026-04-01&end_date=2026-04-30";
