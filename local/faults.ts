import * as z from "zod";

/** The faults that a local service can inject into one of its calls. Times are milliseconds. */
const effect = z.discriminatedUnion("kind", [
  /** Refuses with this status and error type in AWS's format, with a clock this many seconds ahead. */
  z.object({
    kind: z.literal("refuse"),
    status: z.int().min(400).max(599),
    type: z.string(),
    secondsAhead: z.int().default(0),
  }),
  /** Closes the connection without an answer. */
  z.object({ kind: z.literal("drop") }),
  /** Delays the answer: a slow first byte. */
  z.object({ kind: z.literal("delay"), milliseconds: z.int().min(0) }),
  /** GetObject: sends this many bytes of the body and closes the connection. */
  z.object({ kind: z.literal("cut"), bytes: z.int().min(0) }),
  /** GetObject: truncates the object itself to this many bytes. */
  z.object({ kind: z.literal("truncate"), bytes: z.int().min(0) }),
  /** GetQueryExecution: shows this state instead of the execution's own. */
  z.object({
    kind: z.literal("show"),
    state: z.enum(["QUEUED", "RUNNING", "FAILED", "CANCELLED"]),
    retryable: z.boolean().default(false),
    dataScannedInBytes: z.int().min(0).optional(),
  }),
]);

/** The connection must be closed without an answer. */
export class ConnectionDropped extends Error {
  override readonly name = "ConnectionDropped";
}

const rule = z.object({
  /** The call: an operation of Athena's, or GetObject. */
  on: z.string(),
  /** How many calls get the fault; all by default. */
  times: z.int().min(1).optional(),
  /** How many calls pass before it begins. */
  after: z.int().min(0).default(0),
  effect,
});

export const faultRules = z.array(rule);
export type Effect = z.infer<typeof effect>;
export type FaultRule = z.input<typeof rule>;

/** Decides which faults the local Athena and S3 inject, and counts their calls by operation. */
export interface Faults {
  /** Counts a call and returns its fault: the first rule that applies. */
  next(operation: string): Effect | undefined;
  /** Replaces the rules and resets the counts. */
  set(rules: readonly FaultRule[]): void;
  calls(): Readonly<Record<string, number>>;
}

export function faults(): Faults {
  let rules: z.output<typeof faultRules> = [];
  let calls: Record<string, number> = {};
  return {
    next(operation) {
      const nth = calls[operation] ?? 0;
      calls[operation] = nth + 1;
      const applies = ({ on, after, times = Number.POSITIVE_INFINITY }: (typeof rules)[number]) =>
        on === operation && nth >= after && nth < after + times;
      return rules.find(applies)?.effect;
    },
    set(replacement) {
      rules = faultRules.parse(replacement);
      calls = {};
    },
    calls: () => ({ ...calls }),
  };
}
