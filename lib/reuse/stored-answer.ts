import { createHash } from "node:crypto";
import type { AnswerKey, Encoding, ResultKey } from "./answer-key.ts";

/** The body of an answer, as it is sent to a caller that accepts gzip. */
export interface AnswerBody {
  readonly encoding: Encoding;
  readonly bytes: Uint8Array;
}

/** An answer as an object: its body, and metadata that says what it is. */
export interface StoredAnswer {
  readonly metadata: Readonly<Record<string, string>>;
  readonly bytes: Uint8Array;
}

/** Where answers are kept. */
export interface AnswerStore {
  /** Undefined if there is none. @throws if that cannot be determined */
  readonly read: (key: AnswerKey) => Promise<StoredAnswer | undefined>;
  /** One try, within a fifth of a second. @throws if the answer may not be stored */
  readonly write: (key: ResultKey, answer: StoredAnswer) => Promise<void>;
}

/** The object of an answer. */
export function toStored(key: ResultKey, { encoding, bytes }: AnswerBody): StoredAnswer {
  return { metadata: { key: key.hash, encoding, sha256: hashOf(key, encoding, bytes) }, bytes };
}

/**
 * Reads the body from an object that was found under a key.
 *
 * @throws Error for a damaged or truncated object, and for one of another key
 */
export function fromStored(key: AnswerKey, { metadata, bytes }: StoredAnswer): AnswerBody {
  const { encoding } = metadata;
  if (metadata["key"] !== key.hash) throw new Error("The stored answer belongs to another key.");
  if (encoding !== "gzip" && encoding !== "identity")
    throw new Error("The stored answer has no known encoding.");
  if (metadata["sha256"] !== hashOf(key, encoding, bytes)) {
    throw new Error("The stored answer does not match its recorded hash.");
  }
  return { encoding, bytes };
}

/** Of key, encoding and bytes: none of them can be changed without the others. */
function hashOf({ hash }: AnswerKey, encoding: Encoding, bytes: Uint8Array): string {
  return createHash("sha256").update(`${hash} ${encoding} `).update(bytes).digest("hex");
}
