const proof: unique symbol = Symbol("asked for by a function that a schedule runs");

/**
 * The scope of billing and of the rollup: every reseller. It is a type of its own, so that no report accepts it. Only
 * these two functions create it (a test checks the imports), and no HTTP request reaches them.
 */
export interface AllResellers {
  readonly [proof]: true;
}

export function allResellers(): AllResellers {
  return { [proof]: true };
}
