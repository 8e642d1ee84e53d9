import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { counted } from "./figures.ts";
import { Logo } from "./header.tsx";
import { Message } from "./message.tsx";
import { reasonOf } from "./sign-in.ts";

/** Why nobody is signed in. */
export type Reason =
  | { readonly kind: "nobody" }
  | { readonly kind: "expired" }
  /** The person is signing out, or has signed out: here, or in another tab. */
  | { readonly kind: "leaving" | "left" | "elsewhere" }
  /** @see Config.clockAhead */
  | { readonly kind: "clock"; readonly ahead: number | undefined }
  | { readonly kind: "failed"; readonly reason: string };

/** Says what the page is and asks the reader to sign in. @param onSignIn leaves for the provider; rejects if it cannot */
export function Welcome({
  reason,
  onSignIn,
}: {
  readonly reason: Reason;
  readonly onSignIn: () => Promise<void>;
}) {
  const [problem, setProblem] = useState<string>();
  const [isLeaving, setIsLeaving] = useState(false);
  const signIn = async () => {
    if (isLeaving) return;
    setProblem(undefined);
    setIsLeaving(true);
    try {
      await onSignIn();
    } catch (error) {
      setProblem(reasonOf(error));
      setIsLeaving(false);
    }
  };
  const action = (
    <button
      type="button"
      class="primary"
      id="sign-in"
      aria-disabled={isLeaving}
      onClick={() => void signIn()}
    >
      {isLeaving ? "Opening the sign-in …" : reason.kind === "expired" ? "Sign in again" : "Sign in"}
    </button>
  );
  return (
    <main class="alone">
      <div class="welcome">
        <Logo />
        {problem === undefined ? (
          greeting(reason, action)
        ) : (
          <Message title="The sign-in service does not answer" action={action} isAlert>
            Check your connection and try again. Details: {problem}.
          </Message>
        )}
      </div>
    </main>
  );
}

const POINTS = [
  "Minutes for each organization and each agent, for any month or days",
  "Closed months exactly as they are billed, with every adjustment",
  "CSV files and printed statements for your records",
];

function greeting(reason: Reason, action: JSX.Element): JSX.Element {
  switch (reason.kind) {
    case "nobody":
      return (
        <Message title="Voice minutes for partners" points={POINTS} action={action}>
          See how many voice minutes your organizations used, and what you are billed for.
        </Message>
      );
    case "leaving":
      return <Message title="Signing out …">Your figures are no longer on this page.</Message>;
    case "left":
      return (
        <Message title="You are signed out" action={action}>
          The next sign-in asks which account to use. On a shared computer, also close the browser.
        </Message>
      );
    case "elsewhere":
      return (
        <Message title="You are signed out" action={action} isAlert>
          You signed out in another tab, so this tab is signed out too.
        </Message>
      );
    case "expired":
      return (
        <Message title="Your session has ended" action={action} isAlert>
          A session lasts a limited time. Sign in again to return to this view.
        </Message>
      );
    case "clock":
      return (
        <Message title="This device's clock is wrong" action={action} isAlert>
          {clockText(reason.ahead)} The sign-in cannot be verified that way. Set the date and time of this
          device, best automatically. Then sign in again.
        </Message>
      );
    case "failed":
    default:
      return (
        <Message title="Signing in did not work" action={action} isAlert>
          The sign-in service reports: {reason.reason}. Try again. If it happens again, contact support.
        </Message>
      );
  }
}

/** Difference in milliseconds from which a clock counts as wrong. */
const CLOCK_TOLERANCE = 60_000;

function clockText(ahead: number | undefined): string {
  if (ahead === undefined || Math.abs(ahead) < CLOCK_TOLERANCE) {
    return "Its time does not match the time of the sign-in service.";
  }
  const minutes = Math.round(Math.abs(ahead) / 60_000);
  const amount =
    minutes < 120
      ? counted(minutes, "minute")
      : minutes < 2_880
        ? counted(Math.round(minutes / 60), "hour")
        : counted(Math.round(minutes / 1_440), "day");
  return `It is ${amount} ${ahead > 0 ? "ahead of" : "behind"} the service's clock.`;
}
