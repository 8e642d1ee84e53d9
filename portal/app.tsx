import { useCallback, useMemo, useState } from "preact/hooks";
import { connect } from "./api.ts";
import type { Config } from "./config.ts";
import { ReportPage } from "./report-page.tsx";
import { beginSignIn, type SignedIn, signOut } from "./sign-in.ts";
import { type Reason, Welcome } from "./welcome.tsx";

/** Someone who has signed in, or why nobody has. */
export type Session =
  | { readonly kind: "signed-in"; readonly signedIn: SignedIn }
  | { readonly kind: "signed-out"; readonly reason: Reason };

/** The whole page: to sign in, or the report. The tokens are in its state and nowhere else. */
export function App({ config, first }: { readonly config: Config; readonly first: Session }) {
  const [session, setSession] = useState(first);
  const onExpired = useCallback(() => setSession({ kind: "signed-out", reason: { kind: "expired" } }), []);
  const signedIn = session.kind === "signed-in" ? session.signedIn : undefined;
  const api = useMemo(() => connect(() => (isGood(signedIn) ? signedIn.token : undefined)), [signedIn]);
  if (session.kind === "signed-out") {
    return <Welcome reason={session.reason} onSignIn={() => beginSignIn(config, location.search)} />;
  }
  return (
    <ReportPage
      api={api}
      name={session.signedIn.name}
      onExpired={onExpired}
      onSignOut={() => void signOut(config, session.signedIn)}
    />
  );
}

function isGood(signedIn: SignedIn | undefined): signedIn is SignedIn {
  return signedIn !== undefined && (signedIn.until ?? Number.POSITIVE_INFINITY) > Date.now();
}
