/**
 * Runs the function that closes months once, from the bundle named by the first argument, in a fresh process. Prints
 * its time and peak memory as one line of JSON on standard error; the function's own lines go to standard output.
 */
import { readFileSync } from "node:fs";
import * as z from "zod";
import { invocation } from "../../tests/lib/http/events.ts";

type Handler = (event: unknown, context: object) => Promise<unknown>;

const isHandler = (value: unknown): value is Handler => typeof value === "function";
const bundle: unknown = await import(process.argv[2] ?? "");
const { handler } = z.looseObject({ handler: z.custom<Handler>(isHandler) }).parse(bundle);

const startedAt = performance.now();
const outcome = await handler({ scheduled_time: process.argv[3] }, invocation(900_000));
const milliseconds = performance.now() - startedAt;
const peak = Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync("/proc/self/status", "utf8"))?.[1]) / 1_024;
process.stderr.write(JSON.stringify({ milliseconds, peakMegabytes: peak, outcome }));
