import { useCallback, useEffect, useMemo, useState } from "preact/hooks";
import { connect } from "./api.ts";
import type { Config } from "./config.ts";
import { ReportPage } from "./report-page.tsx";
import { beginSignIn, type SignedIn, signOut } from "./sign-in.ts";
import { onSignOutElsewhere } from "./sign-out.ts";
import { type Reason, Welcome } from "./welcome.tsx";

/** Someone who has signed in, or why nobody has. */
export type Session =
  | { readonly kind: "signed-in"; readonly signedIn: SignedIn }
  | { readonly kind: "signed-out"; readonly reason: Reason };

function signedOut(kind: "expired" | "leaving" | "left" | "elsewhere"): Session {
  return { kind: "signed-out", reason: { kind } };
}

/** The whole page: the welcome card, or the report. Tokens are in its state and nowhere else. */
export function App({ config, first }: { readonly config: Config; readonly first: Session }) {
  const [session, setSession] = useState(first);
  const onExpired = useCallback(() => setSession(signedOut("expired")), []);
  const signedIn = session.kind === "signed-in" ? session.signedIn : undefined;
  const api = useMemo(() => connect(() => (isGood(signedIn) ? signedIn.token : undefined)), [signedIn]);
  useEffect(() => {
    if (signedIn === undefined) return undefined;
    return onSignOutElsewhere(() => setSession(signedOut("elsewhere")));
  }, [signedIn]);
  if (session.kind === "signed-out") {
    return <Welcome reason={session.reason} onSignIn={() => beginSignIn(config, location.search)} />;
  }
  const leave = async () => {
    // The token and the figures go first: no way back to this page may show them.
    setSession(signedOut("leaving"));
    history.replaceState(null, "", "/portal/");
    await signOut(config, session.signedIn);
    setSession(signedOut("left"));
  };
  return (
    <ReportPage api={api} name={session.signedIn.name} onExpired={onExpired} onSignOut={() => void leave()} />
  );
}

function isGood(signedIn: SignedIn | undefined): signedIn is SignedIn {
  return signedIn !== undefined && (signedIn.until ?? Number.POSITIVE_INFINITY) > Date.now();
}
