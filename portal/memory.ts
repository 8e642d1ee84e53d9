/** What the page keeps of the service's answers: in this tab's memory only, and for one token. */

/** An answer of the service. */
export interface Loaded<T> {
  readonly value: T;
  /** When it was loaded, and how long that took in milliseconds. */
  readonly at: Date;
  readonly took: number;
  /** When the service last said that it is unchanged since then; undefined if it has not said so. */
  readonly confirmedAt: Date | undefined;
}

/** An answer that is kept. */
export interface Kept<T> extends Loaded<T> {
  /** The service confirms an answer by its entity tag. An answer without one cannot be confirmed. */
  readonly etag: string | undefined;
  /** Characters of its JSON text. */
  readonly size: number;
}

/** Kept answers by the path of their request. */
export interface Memory<T> {
  /** The kept answer; undefined if there is none. */
  find(path: string): Kept<T> | undefined;
  /** Keeps an answer. The answers that were used longest ago make room for it. */
  keep(path: string, kept: Kept<T>): void;
  drop(path: string): void;
  /** Drops the answers that the service cannot confirm. */
  dropUntagged(): void;
  clear(): void;
}

/** How long an answer without an entity tag is shown again while a new one is loading, in milliseconds. */
const UNTAGGED_MS = 300_000;

/** How much a memory keeps: characters of JSON text, and answers. */
const MOST_CHARACTERS = 20_000_000;
const MOST_ANSWERS = 200;

export function memory<T>(): Memory<T> {
  // In the order of their last use.
  const answers = new Map<string, Kept<T>>();
  let characters = 0;

  const drop = (path: string) => {
    characters -= answers.get(path)?.size ?? 0;
    answers.delete(path);
  };
  const keep = (path: string, kept: Kept<T>) => {
    drop(path);
    answers.set(path, kept);
    characters += kept.size;
    for (const oldest of answers.keys()) {
      if (characters <= MOST_CHARACTERS && answers.size <= MOST_ANSWERS) break;
      drop(oldest);
    }
  };
  return {
    find: (path) => {
      const kept = answers.get(path);
      if (kept === undefined) return undefined;
      if (kept.etag === undefined && Date.now() - kept.at.getTime() > UNTAGGED_MS) {
        drop(path);
        return undefined;
      }
      keep(path, kept);
      return kept;
    },
    keep,
    drop,
    dropUntagged: () => {
      for (const [path, { etag }] of answers) if (etag === undefined) drop(path);
    },
    clear: () => {
      answers.clear();
      characters = 0;
    },
  };
}
