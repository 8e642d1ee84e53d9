/** The page's entry: reads its configuration, completes a sign-in, and shows what the address says. */
import { render } from "preact";
import { App, type Session } from "./app.tsx";
import { type Config, loadConfig } from "./config.ts";
import { keepFocus } from "./focus.ts";
import { Header } from "./header.tsx";
import { Message } from "./message.tsx";
import { beginSignIn, finishSignIn, isClockProblem, reasonOf } from "./sign-in.ts";
import { mayResume } from "./sign-out.ts";
import { StorageBlocked } from "./storage.ts";
import { ownAllText } from "./text.ts";
import type { Reason } from "./welcome.tsx";

async function firstSession(config: Config): Promise<Session | undefined> {
  const back = await finishSignIn(config);
  if (back.kind !== "none") history.replaceState(null, "", `/portal/${back.view}`);
  if (back.kind === "signed-in") return { kind: "signed-in", signedIn: back.signedIn };
  if (back.kind === "failed") return { kind: "signed-out", reason: problemOf(back.error, config) };
  // After a reload the provider still knows the person, and sends the browser back without asking.
  if (!mayResume()) return { kind: "signed-out", reason: { kind: "nobody" } };
  try {
    await beginSignIn(config, location.search);
    return undefined;
  } catch (error) {
    return { kind: "signed-out", reason: problemOf(error, config) };
  }
}

function problemOf(error: unknown, { clockAhead }: Config): Reason {
  if (isClockProblem(error)) return { kind: "clock", ahead: clockAhead };
  return { kind: "failed", reason: reasonOf(error) };
}

async function start(root: HTMLElement): Promise<void> {
  try {
    const config = await loadConfig();
    const first = await firstSession(config);
    if (first !== undefined) render(<App config={config} first={first} />, root);
  } catch (error) {
    render(<NotStarted error={error} />, root);
  }
}

function NotStarted({ error }: { readonly error: unknown }) {
  const isBlocked = error instanceof StorageBlocked;
  return (
    <>
      <Header name={undefined} />
      <main class="alone">
        <Message
          title={isBlocked ? "Your browser blocks cookies for this page" : "The page could not start"}
          isAlert
          action={
            <button type="button" class="primary" onClick={() => location.reload()}>
              Try again
            </button>
          }
        >
          {isBlocked
            ? "Signing in needs them. In your browser's settings, allow cookies and site data for this address. Then try again."
            : `Check your connection, then try again. Details: ${reasonOf(error)}.`}
        </Message>
      </main>
    </>
  );
}

ownAllText();
const root = document.getElementById("page");
if (root !== null) {
  // A page out of the back-forward cache may show the figures of someone who has signed out since.
  addEventListener("pageshow", ({ persisted }) => {
    if (!persisted) return;
    root.hidden = true;
    location.reload();
  });
  keepFocus(root);
  await start(root);
}
