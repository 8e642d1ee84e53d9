import * as z from "zod";

const line = z.object({
  message: z.literal("progress"),
  days_merged: z.number(),
  days_due: z.number(),
});
const outcome = z.looseObject({
  outcome: z.enum(["caught_up", "cut_off"]),
  days_merged: z.number(),
  closed_from: z.string().nullable(),
  closed_through: z.string().nullable(),
});

const compaction = z.looseObject({ outcome: z.enum(["compacted", "cut_off"]) });

/** What a compaction has returned, in a sentence. */
export function toldCompaction(result: unknown): string {
  const { outcome: ended } = compaction.parse(result);
  return ended === "compacted"
    ? "The table is compacted."
    : "The table is compacted in part. Time was up: run it again.";
}

const TELL_AFTER_MS = 1_000;

/** Tells a person, on standard error, how far a rollup is that takes longer than a second, and how it ended. */
export function rollupProgress(first = "reading the lake's listing") {
  const startedAt = performance.now();
  let said = "";
  let state = first;
  const timer = setInterval(() => {
    if (state === said) return;
    said = state;
    process.stderr.write(`Rolling up: ${state}.\n`);
  }, TELL_AFTER_MS);
  return {
    /** Takes the function's log. */
    read: (text: string) => {
      for (const each of text.split("\n").filter((some) => some.startsWith("{"))) {
        const { data } = line.safeParse(JSON.parse(each));
        if (data !== undefined) state = `${data.days_merged} of ${data.days_due} days`;
      }
    },
    /** What the run has returned, in a sentence. */
    tell: (result: unknown) => {
      const { days_merged, closed_from, closed_through, outcome: ended } = outcome.parse(result);
      const seconds = ((performance.now() - startedAt) / 1_000).toFixed(1);
      const closed =
        closed_from === null ? "No day is closed" : `Closed from ${closed_from} through ${closed_through}`;
      const more = ended === "cut_off" ? " Time was up: run it again." : "";
      const days = days_merged === 1 ? "1 day" : `${days_merged} days`;
      return `${closed}; ${days} rolled up in ${seconds} s.${more}`;
    },
    end: () => clearInterval(timer),
  };
}
