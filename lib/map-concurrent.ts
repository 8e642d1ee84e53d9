import { Readable } from "node:stream";

/**
 * Maps items with limited concurrency, and yields the results in the items' order. Takes no further item until the
 * results are consumed. The first error ends it.
 */
export async function* mapConcurrent<Item, Result>(
  items: AsyncIterable<Item> | Iterable<Item>,
  map: (item: Item) => Promise<Result>,
  concurrency: number,
): AsyncGenerator<Result> {
  const results: AsyncIterable<Result> = Readable.from(items, { highWaterMark: 1 }).map(map, { concurrency });
  yield* results;
}
