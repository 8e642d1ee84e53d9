import * as z from "zod";
import { periodSchema } from "../lib/reports/documentation.ts";

const uuid = z.guid();
const int64 = z.int().meta({ override: { format: "int64" } });
const int32 = z.int().meta({ override: { format: "int32" } });
const signedMinutes = z.number().meta({ override: { format: "double" } });
const minutes = z
  .number()
  .min(0)
  .meta({ override: { format: "double" } });
const seconds = int64.min(0);
const month = z.string().regex(/^[0-9]{4}-[0-9]{2}$/);
const revision = int32.min(1).max(9_999);

const head = {
  number: int32.min(1).meta({ description: "Bills are numbered 1, 2, 3 … for all callers together." }),
  kind: z.enum(["opening", "month", "adjustments"]).meta({
    description:
      "`month` bills a month and adjustments of earlier bills. `adjustments` bills only adjustments. `opening` names months that were billed elsewhere: do not post it.",
  }),
  period: month.nullable().meta({ description: "The month that the bill bills; null for the other kinds." }),
  as_of: z.string().meta({
    description: "The bill counts the records written before this instant (UTC).",
    override: { format: "date-time" },
  }),
};

const BillTotals = z
  .object({
    usage_lines: int32.min(0).meta({ description: "Number of usage lines, to check that none is lost." }),
    usage_seconds: seconds,
    usage_minutes: minutes,
    adjustment_lines: int32.min(0),
    adjustment_seconds: int64.meta({ description: "Negative if less is to be paid." }),
    adjustment_minutes: signedMinutes,
    seconds: int64.meta({ description: "What to invoice: usage and adjustments." }),
    minutes: signedMinutes.meta({ description: "Rendered once from `seconds`; not a sum of rounded lines." }),
  })
  .meta({ id: "BillTotals", description: "Computed from the caller's rows only." });

const PendingAdjustments = z
  .object({
    period: month,
    revision,
    adjustment_lines: int32.min(1),
    adjustment_seconds: int64,
    adjustment_minutes: signedMinutes,
  })
  .meta({ id: "PendingAdjustments" });

/** The bills. */
export const BillList = z
  .object({
    data: z.array(
      z
        .object({
          ...head,
          totals: BillTotals.nullable().meta({
            description: "Null if it must be read from stored data that is damaged.",
          }),
        })
        .meta({ id: "ListedBill" }),
    ),
    pending: z.array(PendingAdjustments).meta({
      description: "The caller's adjustments of billed months that no bill contains yet: to be accrued.",
    }),
    damaged: z.array(month).optional().meta({
      description: "Months whose pending adjustments cannot be read; absent if there are none.",
    }),
  })
  .meta({ id: "BillList" });

const BilledAgent = z
  .object({ agent_id: uuid, agent_name: z.string(), voice_minutes: minutes, voice_seconds: seconds })
  .meta({ id: "BilledAgent" });

const BilledOrganization = z
  .object({
    organization_id: uuid,
    organization_name: z.string(),
    reseller_id: uuid,
    reseller_name: z.string(),
    total_voice_minutes: minutes,
    total_voice_seconds: seconds,
    agent_count: seconds,
    agents: z.array(BilledAgent),
  })
  .meta({ id: "BilledOrganization" });

const BilledAdjustment = z
  .object({
    period: month.meta({ description: "The month that is adjusted." }),
    revision: revision.meta({ description: "The revision of that month that adjusts it." }),
    original_bill: int32.min(1).meta({ description: "The bill that billed the month's usage." }),
    organization_id: uuid,
    organization_name: z.string(),
    reseller_id: uuid,
    reseller_name: z.string(),
    agent_id: uuid,
    agent_name: z.string(),
    seconds_before: seconds,
    seconds_after: seconds,
    seconds_delta: int64.meta({ description: "`seconds_after` minus `seconds_before`: what to invoice." }),
    minutes_delta: signedMinutes,
  })
  .meta({ id: "BilledAdjustment" });

/** The caller's part of a bill. */
export const Bill = z
  .object({
    ...head,
    usage: z
      .array(
        z
          .object({ data: z.array(BilledOrganization), period: periodSchema(), revision })
          .meta({ id: "BilledMonth" }),
      )
      .meta({
        description:
          "The usage of the month, in the report's form with seconds; empty if the caller has none.",
      }),
    adjustments: z.array(BilledAdjustment),
    totals: BillTotals,
    sources: z
      .array(
        z
          .object({ period: month, revision, kind: z.enum(["usage", "adjustments"]) })
          .meta({ id: "BillSource" }),
      )
      .meta({ description: "The revisions that the bill names and that contain rows of the caller." }),
  })
  .meta({ id: "Bill" });

/** The bill in the path. */
export const billPath = z.object({
  number: z.int().min(1).max(999_999).meta({ description: "The bill's number." }),
});
