import * as z from "zod";

/** What a local service can be made to do to one of its calls. Times are milliseconds. */
const effect = z.discriminatedUnion("kind", [
  /** Refuses with this status and error type, as AWS would word it, by a clock so many seconds ahead. */
  z.object({
    kind: z.literal("refuse"),
    status: z.int().min(400).max(599),
    type: z.string(),
    secondsAhead: z.int().default(0),
  }),
  /** Closes the connection without an answer. */
  z.object({ kind: z.literal("drop") }),
  /** Answers later: a slow first byte. */
  z.object({ kind: z.literal("delay"), milliseconds: z.int().min(0) }),
  /** GetObject: sends so many bytes of the body and closes the connection. */
  z.object({ kind: z.literal("cut"), bytes: z.int().min(0) }),
  /** GetObject: the object itself has only its first so many bytes. */
  z.object({ kind: z.literal("truncate"), bytes: z.int().min(0) }),
  /** GetQueryExecution: shows the execution in this state instead of its own. */
  z.object({
    kind: z.literal("show"),
    state: z.enum(["QUEUED", "RUNNING", "FAILED", "CANCELLED"]),
    retryable: z.boolean().default(false),
    dataScannedInBytes: z.int().min(0).optional(),
  }),
]);

/** The connection is to be closed without a word. */
export class ConnectionDropped extends Error {
  override readonly name = "ConnectionDropped";
}

const rule = z.object({
  /** The call: an operation of Athena's, or GetObject. */
  on: z.string(),
  /** How many of the calls it befalls; all when left out. */
  times: z.int().min(1).optional(),
  /** How many of the calls pass before it begins. */
  after: z.int().min(0).default(0),
  effect,
});

export const faultRules = z.array(rule);
export type Effect = z.infer<typeof effect>;
export type FaultRule = z.input<typeof rule>;

/** Which faults the local Athena and S3 show, and how often each of their operations was called. */
export interface Faults {
  /** Counts a call and tells what befalls it: the first rule that applies. */
  next(operation: string): Effect | undefined;
  /** Replaces the rules and counts afresh. */
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
