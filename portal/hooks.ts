import { useCallback, useEffect, useMemo, useRef, useState } from "preact/hooks";
import type { Api, Outcome, Resource } from "./api.ts";
import { type Asked, ask } from "./ask.ts";
import { isUnanswered } from "./failure.ts";
import type { Freshness } from "./freshness.ts";
import { readView, type View, writeView } from "./view.ts";

/** The present UTC day. */
export function today(): string {
  return new Date().toISOString().slice(0, 10);
}

/**
 * Changes the view and the address: as a step that the Back button reverts, in place, or while the reader types. While
 * typing, the address follows a moment later, because Safari limits how often a page may change it.
 */
export type ChangeView = (change: Partial<View>, how?: "step" | "in place" | "typing") => void;

/** Milliseconds after the last keystroke. */
const PAUSE = 250;

/** The view that the address describes. */
export function useView(): [View, ChangeView] {
  const [view, setView] = useState(() => readView(location.search, today()));
  const latest = useRef(view);
  latest.current = view;
  const pause = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  useEffect(() => {
    const follow = () => {
      clearTimeout(pause.current);
      setView(readView(location.search, today()));
    };
    addEventListener("popstate", follow);
    return () => removeEventListener("popstate", follow);
  }, []);
  const change = useCallback<ChangeView>((part, how = "step") => {
    const next = { ...latest.current, ...part };
    latest.current = next;
    clearTimeout(pause.current);
    const address = `/portal/${writeView(next)}`;
    if (how === "step") history.pushState(null, "", address);
    else if (how === "in place") history.replaceState(null, "", address);
    else pause.current = setTimeout(() => history.replaceState(null, "", address), PAUSE);
    setView(next);
  }, []);
  return [view, change];
}

/** The result of the request for the view; `since` (milliseconds, `performance.now`) while it is loading. */
export type Answer = Asked | { readonly kind: "loading"; readonly since: number };

/** Requests the view whenever it changes, or `again` is called. */
export function useAnswer(api: Api, view: View): [answer: Answer, again: () => void] {
  const [answer, setAnswer] = useState<Answer>({ kind: "loading", since: performance.now() });
  const [round, setRound] = useState(0);
  const { days, figures, revision, resellers } = view;
  const wanted = JSON.stringify([days, figures, revision, resellers, round]);
  useEffect(() => {
    const controller = new AbortController();
    // A view in memory is shown at once, without a loading message before it.
    let isTold = false;
    const waiting = setTimeout(() => {
      if (!isTold) setAnswer({ kind: "loading", since: performance.now() });
    }, 0);
    const tell = (asked: Asked) => {
      isTold = true;
      if (!controller.signal.aborted) setAnswer(asked);
    };
    ask(api, { days, figures, revision, resellers }, today(), controller.signal, tell).catch(
      (error: unknown) => {
        if (controller.signal.aborted) return;
        const detail = error instanceof Error ? error.message : String(error);
        setAnswer({
          kind: "failed",
          failure: { kind: "broken", detail, requestId: undefined },
          isBill: false,
          months: undefined,
        });
      },
    );
    return () => {
      clearTimeout(waiting);
      controller.abort();
    };
  }, [api, wanted]);
  const again = useCallback(() => {
    api.forget();
    setRound((last) => last + 1);
  }, [api]);
  return [answer, again];
}

/** Something besides the view, and how current it is. */
export type Held<T> = Outcome<Freshness & { readonly value: T }>;

/**
 * Requests something besides the view. What is kept is shown at once, and then confirmed or replaced.
 *
 * @returns undefined while it is loading
 */
export function useResource<T>(
  api: Api,
  resource: Resource<T>,
  onExpired: () => void,
): [held: Held<T> | undefined, again: () => void] {
  const [round, setRound] = useState(0);
  const key = `${round} ${resource.path}`;
  const [answer, setAnswer] = useState<{ readonly key: string; readonly held: Held<T> }>();
  const known = useMemo((): Held<T> | undefined => {
    const loaded = resource.known();
    return loaded && { ok: true, value: { ...loaded, check: "running" } };
  }, [api, key]);
  useEffect(() => {
    const controller = new AbortController();
    const request = async () => {
      const outcome = await resource.load(controller.signal);
      if (controller.signal.aborted) return;
      if (outcome.ok) {
        setAnswer({ key, held: { ok: true, value: { ...outcome.value, check: "done" } } });
      } else if (outcome.failure.kind === "session") {
        onExpired();
      } else if (known?.ok && isUnanswered(outcome.failure)) {
        setAnswer({ key, held: { ok: true, value: { ...known.value, check: outcome.failure } } });
      } else {
        setAnswer({ key, held: outcome });
      }
    };
    // Only an abort rejects: every other failure is an outcome.
    request().catch(() => undefined);
    return () => controller.abort();
  }, [api, key]);
  const again = useCallback(() => {
    api.forget();
    setRound((last) => last + 1);
  }, [api]);
  return [answer?.key === key ? answer.held : known, again];
}

/** Whole seconds since the instant (`performance.now`), counting. */
export function useSecondsSince(since: number): number {
  const [now, setNow] = useState(performance.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(performance.now()), 1_000);
    return () => clearInterval(timer);
  }, [since]);
  return Math.max(0, Math.floor((now - since) / 1_000));
}
