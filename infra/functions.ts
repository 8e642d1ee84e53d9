/** Megabytes and seconds. */
export interface FunctionSettings {
  readonly memorySize: number;
  readonly timeout: number;
}

/** One full vCPU. */
const ONE_CPU = 1_769;

/** One second less than the gateway's timeout. The engine's deadline is earlier still. */
const BEHIND_GATEWAY = 29;

/** Lambda's maximum. */
const LONGEST = 900;

/** Every function, deployed and local, by the name of its folder. */
export const FUNCTIONS = {
  // Up to 150,000 rows are folded, rendered and compressed on one thread.
  reports: { memorySize: ONE_CPU, timeout: BEHIND_GATEWAY },
  // A month of all resellers is one long query, folded and hashed on one thread. No caller waits for it.
  "billing-snapshot": { memorySize: ONE_CPU, timeout: LONGEST },
  // Renders and compresses an answer of the same size as a report's.
  "billing-snapshots-api": { memorySize: ONE_CPU, timeout: BEHIND_GATEWAY },
  // Compresses a megabyte once, and then serves it.
  documentation: { memorySize: 512, timeout: 10 },
  // The first rollup of a long lake continues in the next run where this one ends.
  "usage-rollup": { memorySize: ONE_CPU, timeout: LONGEST },
} as const satisfies Record<string, FunctionSettings>;

export type FunctionName = keyof typeof FUNCTIONS;
