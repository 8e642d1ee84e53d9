/** Megabytes and seconds. */
export interface FunctionSettings {
  readonly memorySize: number;
  readonly timeout: number;
}

/** One whole vCPU. */
const ONE_CPU = 1_769;

/** A second before the gateway gives up; the engine's deadline is earlier still. */
const BEHIND_GATEWAY = 29;

/** The most that Lambda gives. */
const LONGEST = 900;

/** Every function, deployed and local, by the name of its folder. */
export const FUNCTIONS = {
  // Up to 150,000 rows are folded, rendered and compressed on one thread.
  reports: { memorySize: ONE_CPU, timeout: BEHIND_GATEWAY },
  // A month of all resellers is one long query, folded and hashed on one thread; nobody waits for the answer.
  "billing-snapshot": { memorySize: ONE_CPU, timeout: LONGEST },
  // An answer of the same size as a report's is rendered and compressed.
  "billing-snapshots-api": { memorySize: ONE_CPU, timeout: BEHIND_GATEWAY },
  // It compresses a megabyte once, and then hands it out.
  documentation: { memorySize: 512, timeout: 10 },
  // The first rollup of a long lake goes on in the next run where this one ends.
  "usage-rollup": { memorySize: ONE_CPU, timeout: LONGEST },
} as const satisfies Record<string, FunctionSettings>;

export type FunctionName = keyof typeof FUNCTIONS;
