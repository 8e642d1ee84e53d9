import type { RefObject } from "preact";
import { useCallback, useEffect, useState } from "preact/hooks";

/** Pixels above and below the screen within which parts of a table are rendered. */
const MARGIN = 1_000;

/** Parts that are rendered before the browser has reported which ones are near. */
const FIRST: ReadonlySet<number> = new Set([0, 1, 2]);

/** Assumed height of a line in pixels, before one is measured. */
const LINE_HEIGHT = 53;

/** The state of a long table's parts. */
interface Parts {
  /** Indexes of the parts that are on the screen or near it. */
  readonly near: ReadonlySet<number>;
  /** Measured heights of parts, in pixels. */
  readonly heights: ReadonlyMap<number, number>;
  readonly lineHeight: number;
}

const START: Parts = { near: FIRST, heights: new Map(), lineHeight: LINE_HEIGHT };

export interface NearParts {
  isNear(index: number): boolean;
  /** Height in pixels of a part that is not rendered. @param lines number of its lines */
  heightOf(index: number, lines: number): number;
  /** Goes back to the first parts, for a table that is shown from its start again. */
  restart(): void;
}

/**
 * Reports which parts (`tbody`) of a long table are near the screen. Only those are rendered, so an interaction costs the
 * same with 60 lines as with 5,000. The first part stays rendered, and so does the part that has the focus.
 *
 * @param parts lines of each part
 */
export function useNearParts(
  table: RefObject<HTMLTableElement | null>,
  parts: readonly (readonly unknown[])[],
): NearParts {
  const [known, setKnown] = useState(START);
  useEffect(() => {
    const { current } = table;
    if (current === null) return undefined;
    const indexes = new Map<Element, number>([...current.tBodies].map((body, index) => [body, index]));
    const observer = new IntersectionObserver(
      (entries) => setKnown((last) => after(last, entries, indexes, parts)),
      { rootMargin: `${MARGIN}px 0px` },
    );
    for (const body of indexes.keys()) observer.observe(body);
    return () => observer.disconnect();
  }, [table, parts]);
  const restart = useCallback(() => setKnown((last) => ({ ...last, near: FIRST })), []);
  return {
    isNear: (index) => known.near.has(index),
    heightOf: (index, lines) => known.heights.get(index) ?? lines * known.lineHeight,
    restart,
  };
}

function after(
  last: Parts,
  entries: readonly IntersectionObserverEntry[],
  indexes: ReadonlyMap<Element, number>,
  parts: readonly (readonly unknown[])[],
): Parts {
  const near = new Set(last.near);
  const heights = new Map(last.heights);
  let { lineHeight } = last;
  for (const { target, isIntersecting, boundingClientRect } of entries) {
    const index = indexes.get(target) ?? -1;
    const lines = parts[index]?.length ?? 0;
    const wasRendered = last.near.has(index);
    if (wasRendered && lines > 0) {
      heights.set(index, boundingClientRect.height);
      if (last.heights.size === 0) lineHeight = boundingClientRect.height / lines;
    }
    if (isIntersecting) near.add(index);
    else if (index > 0 && !target.contains(document.activeElement)) near.delete(index);
  }
  const isSame = near.size === last.near.size && [...near].every((index) => last.near.has(index));
  return isSame ? last : { near, heights, lineHeight };
}
