import { createHash } from "node:crypto";
import { daysIn, everyDay, type Period } from "../period.ts";
import { markDigest, type PublishedCoverage } from "../rollup/coverage.ts";
import type { ResultMarks } from "../usage/rolled-days.ts";
import type { Names } from "./names.ts";

/** Everything that an answer depends on, except for the data. */
export interface AnswerInputs {
  readonly reportPath: string;
  readonly period: Period;
  /** The request without the differences in how it can be stated. */
  readonly canonicalRequest: string;
  /** All that Athena is told: the text, the parameters with the scope's resellers, the workgroup, the database. */
  readonly athenaInput: string;
  readonly lake: string;
  readonly rollup: string;
  readonly format: string;
  /** A hash of the function's code. */
  readonly code: string;
}

/** Identifies an answer by all that it is made of. Equal keys mean the same answer. */
export interface AnswerKey {
  /** 64 hexadecimal digits. */
  readonly hash: string;
}

const proof: unique symbol = Symbol("made of the marks that came with the answer's figures");

/**
 * The key of an answer that was just made, from the marks that came with its own figures. Nothing else may be stored or
 * tagged: what is published can change while a query runs.
 */
export interface ResultKey extends AnswerKey {
  readonly [proof]: true;
}

/**
 * Returns the key that the answer has according to what is published; undefined if the answer is not made of rolled-up
 * days alone, or if a day is in flux.
 */
export function publishedKey(
  inputs: AnswerInputs,
  coverage: PublishedCoverage | undefined,
  names: Names,
): AnswerKey | undefined {
  if (coverage === undefined || coverage.lake !== inputs.lake) return undefined;
  // Days outside the coverage and days in flux have no digest.
  const digests = everyDay(inputs.period).flatMap((day) => coverage.digests.get(day) ?? []);
  return digests.length === daysIn(inputs.period) ? { hash: hashOf(inputs, digests, names) } : undefined;
}

/**
 * Returns what requests must have in common to share an execution: what is published, and the names with the times of
 * their last changes. So no request joins an execution that another one started before a day or a name changed.
 */
export function sharedMoment(
  inputs: AnswerInputs,
  coverage: PublishedCoverage | undefined,
  names: Names,
): string | undefined {
  const key = publishedKey({ ...inputs, format: "any" }, coverage, names);
  return key === undefined ? undefined : `${key.hash} ${names.moment}`;
}

/** Returns the key of an answer by the marks of its own result; undefined if it has days without a mark. */
export function resultKey(
  inputs: AnswerInputs,
  { start, end, sources }: ResultMarks,
  names: Names,
): ResultKey | undefined {
  if (start !== inputs.period.start || end !== inputs.period.end) return undefined;
  return { [proof]: true, hash: hashOf(inputs, sources.map(markDigest), names) };
}

/** How the bytes of an answer's body are encoded. */
export type Encoding = "gzip" | "identity";

/** The entity tag of the answer with that encoding (RFC 9110, 8.8.3). */
export function entityTag({ hash }: AnswerKey, encoding: Encoding): string {
  return `"${createHash("sha256").update(`${hash} ${encoding}`).digest("base64url").slice(0, 32)}"`;
}

function hashOf(inputs: AnswerInputs, digests: readonly string[], { version }: Names): string {
  const { reportPath, period, canonicalRequest, athenaInput, lake, rollup, format, code } = inputs;
  const parts = [
    [reportPath, period.start, period.end, canonicalRequest, athenaInput],
    [lake, rollup, format, code],
    digests,
    version,
  ];
  return createHash("sha256").update(JSON.stringify(parts)).digest("hex");
}
