import { Readable } from "node:stream";

/**
 * Maps items as they come, so many at once, and gives the results in the items' order. No further item is taken while
 * the results are not; what one call throws ends it.
 */
export async function* mapConcurrent<Item, Result>(
  items: AsyncIterable<Item> | Iterable<Item>,
  map: (item: Item) => Promise<Result>,
  concurrency: number,
): AsyncGenerator<Result> {
  const results: AsyncIterable<Result> = Readable.from(items, { highWaterMark: 1 }).map(map, { concurrency });
  yield* results;
}
