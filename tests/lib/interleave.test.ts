import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { interleave } from "../../lib/interleave.ts";
import { collect } from "./valid.ts";

/** Values with the place of their generator, each after a turn of the event loop. */
async function* numbered(source: number, count: number, ended: number[]) {
  try {
    for (let value = 0; value < count; value++) {
      await Promise.resolve();
      yield { source, value };
    }
  } finally {
    ended.push(source);
  }
}

describe("interleaved generators", () => {
  test("give every value once, those of one generator in order, and all of them end", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.nat(5), { maxLength: 9 }),
        fc.integer({ min: 1, max: 4 }),
        async (counts, width) => {
          const ended: number[] = [];
          const sources = counts.map((count, source) => numbered(source, count, ended));
          const values = await collect(interleave(sources, width));
          const bySource = counts.map((_, source) =>
            values.filter((each) => each.source === source).map(({ value }) => value),
          );
          expect(bySource).toEqual(counts.map((count) => Array.from({ length: count }, (_, value) => value)));
          expect(ended.toSorted((a, b) => a - b)).toEqual(counts.map((_, source) => source));
        },
      ),
    );
  });

  test("are open so many at once", async () => {
    let open = 0;
    let most = 0;
    async function* counted() {
      open += 1;
      most = Math.max(most, open);
      await Promise.resolve();
      yield 1;
      open -= 1;
    }
    await collect(interleave(Array.from({ length: 20 }, counted), 3));
    expect(most).toBe(3);
  });

  test("end with the first error, and the others end too", async () => {
    const ended: number[] = [];
    async function* failing(): AsyncGenerator<{ source: number; value: number }> {
      yield { source: 9, value: 0 };
      throw new Error("a page is missing");
    }
    const values = interleave([numbered(0, 1_000, ended), failing()], 2);
    await expect(collect(values)).rejects.toThrow("a page is missing");
    expect(ended).toEqual([0]);
  });
});
