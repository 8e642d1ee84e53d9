import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import type { Failure, FieldError } from "./failure.ts";
import { counted } from "./figures.ts";
import { Message } from "./message.tsx";

/** The parameters that have a field of their own, at which their errors stand. */
export const FIELDS = ["start_date", "end_date"] as const;

/** What of a refusal belongs to no field. */
export function generalErrors(errors: readonly FieldError[]): FieldError[] {
  return errors.filter(({ parameter }) => !FIELDS.some((field) => field === parameter));
}

interface FailedProps {
  readonly failure: Exclude<Failure, { kind: "session" }>;
  readonly onRetry: () => void;
  /** Shows the live report of a closed month. */
  readonly onLive: () => void;
  readonly onSignOut: () => void;
}

/** Says why there are no figures, and what to do about it. */
export function Failed({ failure, onRetry, onLive, onSignOut }: FailedProps): JSX.Element {
  const isOffline = failure.kind === "offline";
  useEffect(() => {
    if (!isOffline) return undefined;
    addEventListener("online", onRetry);
    return () => removeEventListener("online", onRetry);
  }, [isOffline, onRetry]);
  const retry = (
    <button type="button" class="primary" onClick={onRetry}>
      Try again
    </button>
  );
  switch (failure.kind) {
    case "offline":
      return (
        <Message title="No connection" action={retry} isAlert>
          The service could not be reached. Check your connection; the page asks again as soon as there is
          one.
        </Message>
      );
    case "busy":
      return (
        <Message title="The service is busy" action={retry} isAlert>
          {failure.detail || "Too much was asked of it at once."}{" "}
          {failure.retryAfter !== undefined && `It asks to wait ${counted(failure.retryAfter, "second")}. `}
          Nothing is lost; no figure is shown rather than a wrong one.
        </Message>
      );
    case "slow":
      return (
        <Message title="The report took too long" action={retry} isAlert>
          {failure.detail || "It was stopped."} Choose fewer days above.
        </Message>
      );
    case "too-large":
      return (
        <Message title="The report is too large for one answer" action={retry} isAlert>
          {failure.detail}{" "}
          {failure.resellers.size > 1
            ? "Here: choose one or a few resellers above, and their part is asked for alone."
            : "Here it cannot be shown; other programs can ask for some organizations at a time."}
        </Message>
      );
    case "bill-too-large":
      return (
        <Message
          title="The month is too large for one answer"
          action={
            <button type="button" class="primary" onClick={onLive}>
              Show the live report
            </button>
          }
          isAlert
        >
          {failure.detail} Here: the live report of the month can be shown one or a few resellers at a time.
        </Message>
      );
    case "refused": {
      const general = generalErrors(failure.errors);
      const isAtField = general.length < failure.errors.length;
      return (
        <Message title="These days cannot be shown" isAlert>
          {isAtField
            ? "What is wrong stands at the field above. "
            : failure.errors.length === 0 && failure.detail}
          {general.map(({ parameter, message }) => `${parameter}: ${message} `)}
        </Message>
      );
    }
    case "forbidden":
      return (
        <Message
          title="Your account may not see this"
          isAlert
          action={
            <button type="button" class="primary" onClick={onSignOut}>
              Sign out
            </button>
          }
        >
          {failure.detail || "The service does not accept this account."} Ask whoever runs this service to
          mend your account, or sign in with another one.
        </Message>
      );
    case "not-found":
      return (
        <Message title="There is no such report" action={retry} isAlert>
          {failure.detail}
        </Message>
      );
    case "broken":
    default:
      return (
        <Message title="Something went wrong" action={retry} isAlert>
          {failure.detail}{" "}
          {failure.requestId !== undefined && `Support asks for this number: ${failure.requestId}`}
        </Message>
      );
  }
}
