/** The files that the steps of a mutation run share. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as z from "zod";

export const ROOT = join(import.meta.dirname, "../..");
const FOLDER = join(ROOT, ".local/mutation/run");

export const FILES = {
  folder: FOLDER,
  /** The changed text of each file of `lib/`, by its path. Every change in it is a branch that is off. */
  instrumented: join(FOLDER, "instrumented.json"),
  /** One line for each test: the changes that it reaches. */
  reached: join(FOLDER, "reached.jsonl"),
  /** One line for each change that a test noticed. */
  noticed: join(FOLDER, "noticed.jsonl"),
};

/** A run of a test without any change. */
const reached = z.object({
  /** Undefined for the code that runs outside of tests, when a file is loaded. */
  test: z.string().optional(),
  file: z.string(),
  milliseconds: z.number(),
  /** How often the test runs each change's place, by the change's id. */
  hits: z.record(z.string(), z.int()),
});
export type Reached = z.infer<typeof reached>;

const noticed = z.object({ id: z.string(), test: z.string(), by: z.string() });
export type Noticed = z.infer<typeof noticed>;

export const readReached = (): Reached[] => linesOf(FILES.reached, reached);
export const readNoticed = (): Noticed[] => linesOf(FILES.noticed, noticed);

export function readInstrumented(): Record<string, string> {
  return z.record(z.string(), z.string()).parse(JSON.parse(readFileSync(FILES.instrumented, "utf8")));
}

function linesOf<Schema extends z.ZodType>(path: string, schema: Schema): z.output<Schema>[] {
  const lines = readFileSync(path, "utf8").split("\n").slice(0, -1);
  return lines.map((line) => schema.parse(JSON.parse(line)));
}
