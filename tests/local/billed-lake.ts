/** A lake whose April can be closed, and gets another revision a week later. */
import type { Lake } from "../../local/lake/records.ts";
import { ANNA, BAKERY, BORIS, call, DENTAL, id, LAKE, NORTH, SOUTH } from "./fixture.ts";

/** A reseller of the directory that has no calls. */
export const WEST = id("a3");
/** An agent whose only call was not answered: a line of 0 seconds. */
export const WAITING = id("c7");

export const FIRST_RUN = "2026-05-04T06:00:00Z";
export const SECOND_RUN = "2026-05-12T06:00:00Z";

/** The records that arrive between the two runs. */
const LATER = new Date("2026-05-10T00:00:00Z");

export const BILLED_LAKE: Lake = {
  ...LAKE,
  resellers: [...LAKE.resellers, { reseller_id: WEST, internal_id: "RES-3", name: "Western Union Lines" }],
  call_usage: [
    ...LAKE.call_usage,
    // A call each day, so that every day's data has arrived.
    ...Array.from({ length: 30 }, (_, index) =>
      call(`d${index}`, {
        agent_id: BORIS,
        duration_seconds: BigInt(index),
        started_at: new Date(Date.UTC(2026, 3, 1 + index, 8)),
      }),
    ),
    call("9", { agent_id: WAITING, duration_seconds: 0n }),
    call("7", {
      reseller_id: SOUTH,
      organization_id: BAKERY,
      agent_id: null,
      duration_seconds: 105n,
      recorded_at: LATER,
    }),
    call("2", { duration_seconds: 0n, recorded_at: LATER }),
  ],
};

/** The differences of the second revision from the first. */
export const ADJUSTMENTS = [
  {
    reseller_id: NORTH,
    organization_id: DENTAL,
    agent_id: ANNA,
    seconds_before: 61,
    seconds_after: 60,
    seconds_delta: -1,
  },
  {
    reseller_id: SOUTH,
    organization_id: BAKERY,
    agent_id: "00000000-0000-0000-0000-000000000000",
    seconds_before: 45,
    seconds_after: 105,
    seconds_delta: 60,
  },
];
