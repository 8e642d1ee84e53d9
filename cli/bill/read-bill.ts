import * as z from "zod";
import { minutesText, type SignedSeconds, toSeconds, toSignedSeconds } from "../../lib/minutes.ts";
import { isDay } from "../../lib/period.ts";
import { id, notWhatWasAsked, readJson, wrong } from "../report/read-report.ts";

const month = z.string().refine((text) => isDay(`${text}-01`), "not a month");
const count = z.int().min(0);
const signed = z.int().transform((value): SignedSeconds => toSignedSeconds(value));
const unsigned = z.int().min(0).transform(toSeconds);
const number = z.int().min(1);

/** Whether a figure in minutes is what its exact seconds make. */
function areMinutesOf(minutes: number, seconds: SignedSeconds): boolean {
  return Number(minutesText(seconds)) === minutes;
}

const totals = z
  .object({
    usage_lines: count,
    usage_seconds: unsigned,
    adjustment_lines: count,
    adjustment_seconds: signed,
    seconds: signed,
    minutes: z.number(),
  })
  .refine(
    ({ usage_seconds, adjustment_seconds, seconds }) => usage_seconds + adjustment_seconds === seconds,
    wrong("usage and adjustments do not add up to the total"),
  )
  .refine(
    ({ seconds, minutes }) => areMinutesOf(minutes, seconds),
    wrong("the minutes do not match the seconds"),
  )
  .transform((each) => ({
    usageLines: each.usage_lines,
    usage: each.usage_seconds,
    adjustmentLines: each.adjustment_lines,
    adjustments: each.adjustment_seconds,
    all: each.seconds,
  }));

export type Totals = z.infer<typeof totals>;

const head = {
  number,
  kind: z.enum(["opening", "month", "adjustments"]),
  period: month.nullable(),
  as_of: z.string(),
};

const bills = z.object({
  data: z
    .array(z.object({ ...head, totals: totals.nullable() }))
    .refine(
      (data) => data.every((bill, index) => bill.number === index + 1),
      wrong("the bills are not numbered 1, 2, 3 …"),
    ),
  pending: z.array(
    z.object({
      period: month,
      revision: number,
      adjustment_lines: number,
      adjustment_seconds: signed,
    }),
  ),
  damaged: z.array(month).default([]),
});

/** The list of bills. */
export type Bills = z.infer<typeof bills>;

const line = {
  organization_id: id,
  organization_name: z.string(),
  reseller_id: id,
  reseller_name: z.string(),
};

const usage = z.array(
  z.object({
    period: z.object({ start_date: z.string() }),
    revision: number,
    data: z.array(
      z
        .object({
          ...line,
          total_voice_seconds: unsigned,
          agents: z.array(z.object({ agent_id: id, agent_name: z.string(), voice_seconds: unsigned })),
        })
        .refine(
          ({ agents, total_voice_seconds: total }) =>
            sumOf(agents, (each) => each.voice_seconds) === BigInt(total),
          wrong("the agents' seconds do not add up to the organization's"),
        ),
    ),
  }),
);

const adjustment = z
  .object({
    ...line,
    period: month,
    revision: number,
    original_bill: number,
    agent_id: id,
    agent_name: z.string(),
    seconds_before: unsigned,
    seconds_after: unsigned,
    seconds_delta: signed,
  })
  .refine(
    ({ seconds_before, seconds_after, seconds_delta }) => seconds_after - seconds_before === seconds_delta,
    wrong("seconds_delta is not seconds_after less seconds_before"),
  );

const bill = z
  .object({ ...head, usage, adjustments: z.array(adjustment), totals })
  .refine(({ usage: months, totals: { usageLines, usage: seconds } }) => {
    const organizations = months.flatMap(({ data }) => data);
    return (
      sumOf(organizations, ({ agents }) => agents.length) === BigInt(usageLines) &&
      sumOf(organizations, (each) => each.total_voice_seconds) === BigInt(seconds)
    );
  }, wrong("the lines of usage do not add up to the totals"))
  .refine(
    ({ adjustments, totals: { adjustmentLines, adjustments: seconds } }) =>
      adjustments.length === adjustmentLines &&
      sumOf(adjustments, (each) => each.seconds_delta) === BigInt(seconds),
    wrong("the adjustments do not add up to the totals"),
  );

/** A bill, its lines and its totals. */
export type Bill = z.infer<typeof bill>;

function sumOf<Each>(all: readonly Each[], of: (each: Each) => number): bigint {
  return all.reduce((sum, each) => sum + BigInt(of(each)), 0n);
}

/** Reads the list of bills. @throws ReportFailure that says what is wrong */
export function readBills(json: string): Bills {
  return readJson(bills, json, "list of bills");
}

/**
 * Reads a bill. Accepts it only if its lines add up to its totals.
 *
 * @throws ReportFailure that says what is wrong
 */
export function readBill(json: string, asked: number): Bill {
  const read = readJson(bill, json, "bill");
  if (read.number !== asked) throw notWhatWasAsked("bill", `it is bill ${read.number}`);
  return read;
}
