/** Replaces `node:timers/promises`, which fake timers do not affect: sleeps on the faked global clock. */

interface SleepOptions {
  readonly signal?: AbortSignal;
}

/** Like Node's own: resolves with the value after this many milliseconds, rejects when the signal aborts. */
export function setTimeout<T>(ms: number, value?: T, { signal }: SleepOptions = {}): Promise<T | undefined> {
  const { promise, resolve, reject } = Promise.withResolvers<T | undefined>();
  const abort = () => {
    clearTimeout(timer);
    reject(new DOMException("The operation was aborted", "AbortError"));
  };
  const timer = globalThis.setTimeout(() => {
    signal?.removeEventListener("abort", abort);
    resolve(value);
  }, ms);
  if (signal?.aborted === true) abort();
  else signal?.addEventListener("abort", abort, { once: true });
  return promise;
}
