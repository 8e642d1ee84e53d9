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

/** Describes the result of a compaction in a sentence. */
export function toldCompaction(result: unknown): string {
  const { outcome: ended } = compaction.parse(result);
  return ended === "compacted"
    ? "The table is compacted."
    : "The table is partly compacted. Time was up: run the command again.";
}

const TELL_AFTER_MS = 1_000;

/** Reports on standard error the progress and the end of a rollup that takes longer than a second. */
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
    /** Receives the function's log. */
    read: (text: string) => {
      for (const each of text.split("\n").filter((some) => some.startsWith("{"))) {
        const { data } = line.safeParse(JSON.parse(each));
        if (data !== undefined) state = `${data.days_merged} of ${data.days_due} days`;
      }
    },
    /** Describes the result of the run in a sentence. */
    tell: (result: unknown) => {
      const { days_merged, closed_from, closed_through, outcome: ended } = outcome.parse(result);
      const seconds = ((performance.now() - startedAt) / 1_000).toFixed(1);
      const closed =
        closed_from === null
          ? "No day is rolled up"
          : `Rolled up from ${closed_from} through ${closed_through}`;
      const more = ended === "cut_off" ? " Time was up: run the command again." : "";
      const days = days_merged === 1 ? "1 day" : `${days_merged} days`;
      return `${closed}; ${days} new in ${seconds} s.${more}`;
    },
    end: () => clearInterval(timer),
  };
}
