import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { Header } from "./header.tsx";
import { Message } from "./message.tsx";

/** Why nobody is signed in. */
export type Reason =
  | { readonly kind: "nobody" }
  | { readonly kind: "expired" }
  | { readonly kind: "failed"; readonly reason: string };

/** Asks to sign in, and says why. @param onSignIn leaves for the provider; rejects with what it says where it cannot */
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
    setIsLeaving(true);
    try {
      await onSignIn();
    } catch (error) {
      setProblem(
        `The sign-in service does not answer: ${error instanceof Error ? error.message : String(error)}.`,
      );
      setIsLeaving(false);
    }
  };
  const button = (
    <button type="button" class="primary" disabled={isLeaving} onClick={() => void signIn()}>
      {isLeaving ? "One moment …" : reason.kind === "expired" ? "Sign in again" : "Sign in"}
    </button>
  );
  return (
    <>
      <Header name={undefined} />
      <main class="alone">
        {problem === undefined ? (
          greeting(reason, button)
        ) : (
          <Message title="Signing in did not work" action={button}>
            {problem}
          </Message>
        )}
      </main>
    </>
  );
}

function greeting(reason: Reason, action: JSX.Element): JSX.Element {
  switch (reason.kind) {
    case "nobody":
      return (
        <Message title="How many minutes did they talk?" action={action}>
          See the voice minutes of each of your organizations and their agents, month by month, and what was
          billed.
        </Message>
      );
    case "expired":
      return (
        <Message title="Your session has ended" action={action}>
          For your safety it lasts a limited time. Sign in again, and you are back at this view.
        </Message>
      );
    case "failed":
    default:
      return (
        <Message title="Signing in did not work" action={action}>
          The sign-in service says: {reason.reason}. Try again; if it goes on, tell whoever runs this service.
        </Message>
      );
  }
}
