import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import type { Failure } from "./failure.ts";
import { wordsFor } from "./failure-words.ts";
import { Message } from "./message.tsx";

interface FailedProps {
  readonly failure: Exclude<Failure, { kind: "session" }>;
  /** It was the statement of a closed month. */
  readonly isBill: boolean;
  readonly onRetry: () => void;
  /** Shows the live report of a closed month. */
  readonly onLive: () => void;
  readonly onSignOut: () => void;
}

/** Says why there are no figures, and what to do about it. */
export function Failed(props: FailedProps): JSX.Element {
  const { failure, onRetry } = props;
  const isOffline = failure.kind === "offline" || failure.kind === "unreachable";
  useEffect(() => {
    if (!isOffline) return undefined;
    addEventListener("online", onRetry);
    return () => removeEventListener("online", onRetry);
  }, [isOffline, onRetry]);
  const { title, text } = wordsFor(failure);
  return (
    <Message title={title} action={<Actions {...props} />} isAlert>
      {text}
    </Message>
  );
}

function Actions({ failure, isBill, onRetry, onLive, onSignOut }: FailedProps) {
  if (failure.kind === "refused") return null;
  const isAccount = failure.kind === "forbidden" || failure.kind === "token-too-large";
  const isTooLarge = failure.kind === "bill-too-large";
  const hasLive =
    isBill && (isTooLarge || ["damaged", "broken", "busy", "slow", "not-found"].includes(failure.kind));
  return (
    <>
      {isAccount && (
        <button type="button" class="primary" onClick={onSignOut}>
          Sign out
        </button>
      )}
      {!isAccount && !isTooLarge && (
        <button type="button" class="primary" onClick={onRetry}>
          Try again
        </button>
      )}
      {hasLive && (
        <button type="button" class={isTooLarge ? "primary" : "secondary"} onClick={onLive}>
          Show the live report
        </button>
      )}
    </>
  );
}
