const proof: unique symbol = Symbol("asked for by a function that a schedule runs");

/**
 * The scope of a billing snapshot and of the rollup: every reseller. A type of its own, so that no report can be asked
 * for with it; it is made in these two functions alone (the tests read who imports it), and no HTTP request leads there.
 */
export interface AllResellers {
  readonly [proof]: true;
}

export function allResellers(): AllResellers {
  return { [proof]: true };
}
