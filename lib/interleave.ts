/** The next value of a generator, and the generator that it is from. */
interface Step<T> {
  readonly source: AsyncGenerator<T>;
  readonly result: IteratorResult<T, unknown>;
}

/**
 * Yields the values of several generators as they come, so many generators at once. The values of one generator keep
 * their order. At most one value of each open generator is waiting. The first error ends all of them.
 */
export async function* interleave<T>(
  sources: Iterable<AsyncGenerator<T>>,
  concurrency: number,
): AsyncGenerator<T> {
  const waiting = sources[Symbol.iterator]();
  const open = new Map<AsyncGenerator<T>, Promise<Step<T>>>();
  const ask = (source: AsyncGenerator<T>) => {
    const step = source.next().then((result) => ({ source, result }));
    // If another generator fails first, nobody else reads this failure.
    step.catch(() => undefined);
    open.set(source, step);
  };
  const openNext = () => {
    const { done, value } = waiting.next();
    if (done !== true) ask(value);
  };
  for (let each = 0; each < concurrency; each++) openNext();
  try {
    while (open.size > 0) {
      const { source, result } = await Promise.race(open.values());
      if (result.done === true) {
        open.delete(source);
        openNext();
      } else {
        ask(source);
        yield result.value;
      }
    }
  } finally {
    await Promise.allSettled([...open.keys()].map((source) => source.return(undefined)));
  }
}
