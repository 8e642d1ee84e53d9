/** The page's beginning: reads where it runs, takes back who has signed in, and shows what the address says. */
import { render } from "preact";
import { App, type Session } from "./app.tsx";
import { type Config, loadConfig } from "./config.ts";
import { Header } from "./header.tsx";
import { Message } from "./message.tsx";
import { beginSignIn, finishSignIn, reasonOf, wasSignedIn } from "./sign-in.ts";

async function firstSession(config: Config): Promise<Session | undefined> {
  const back = await finishSignIn(config);
  if (back.kind !== "none") history.replaceState(null, "", `/portal/${back.view}`);
  if (back.kind === "signed-in") return { kind: "signed-in", signedIn: back.signedIn };
  if (back.kind === "failed") {
    return { kind: "signed-out", reason: { kind: "failed", reason: back.reason } };
  }
  // Loaded anew: the provider still knows who it was, and sends back without a word.
  if (!wasSignedIn()) return { kind: "signed-out", reason: { kind: "nobody" } };
  try {
    await beginSignIn(config, location.search);
    return undefined;
  } catch (error) {
    return { kind: "signed-out", reason: { kind: "failed", reason: reasonOf(error) } };
  }
}

async function start(root: HTMLElement): Promise<void> {
  try {
    const config = await loadConfig();
    const first = await firstSession(config);
    if (first !== undefined) render(<App config={config} first={first} />, root);
  } catch (error) {
    render(
      <>
        <Header name={undefined} />
        <main class="alone">
          <Message
            title="The page could not start"
            isAlert
            action={
              <button type="button" class="primary" onClick={() => location.reload()}>
                Try again
              </button>
            }
          >
            Check your connection. The browser says: {reasonOf(error)}.
          </Message>
        </main>
      </>,
      root,
    );
  }
}

const root = document.getElementById("page");
if (root !== null) await start(root);
