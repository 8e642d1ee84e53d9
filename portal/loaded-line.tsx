import { useEffect } from "preact/hooks";
import type { Failure } from "./failure.ts";
import { wordsFor } from "./failure-words.ts";
import { clockText } from "./figures.ts";
import { type Freshness, loadedText } from "./freshness.ts";

interface LoadedLineProps {
  readonly fresh: Freshness;
  readonly onRefresh: () => void;
}

/** Says when the figures were loaded, and whether the service has confirmed them since. */
export function LoadedLine({ fresh, onRefresh }: LoadedLineProps) {
  const { check } = fresh;
  if (typeof check === "object") return <Unconfirmed fresh={fresh} failure={check} onRefresh={onRefresh} />;
  return (
    <p class="freshness quiet">
      {loadedText(fresh)}{" "}
      <button type="button" class="plain" id="refresh" onClick={onRefresh}>
        Refresh
      </button>
    </p>
  );
}

interface UnconfirmedProps extends LoadedLineProps {
  readonly failure: Failure;
}

/** Says that the figures may be out of date, why, and what to do. */
function Unconfirmed({ fresh, failure, onRefresh }: UnconfirmedProps) {
  useEffect(() => {
    addEventListener("online", onRefresh);
    return () => removeEventListener("online", onRefresh);
  }, [onRefresh]);
  const words = failure.kind === "session" ? undefined : wordsFor(failure);
  return (
    <p class="note" role="alert">
      <strong>These figures may be out of date.</strong> They were loaded at {clockText(fresh.at)}, and the
      page could not check them now. {words?.title}. {words?.text}{" "}
      <button type="button" class="plain" id="refresh" onClick={onRefresh}>
        Check again
      </button>
    </p>
  );
}
