import type { Partner } from "./partners.ts";

/** Renders a page of the issuer. @param body HTML */
function page(title: string, body: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<style>${STYLE}</style>
</head>
<body><main><h1>${title}</h1>${body}</main></body>
</html>
`;
}

/** The sign-in form: one button for each partner. It sends the choice back to its own address. */
export function loginPage(partners: readonly Partner[]): string {
  const buttons = partners.map(
    ({ key, name, about }) =>
      `<li><button name="partner" value="${escaped(key)}"><bdi>${escaped(name)}</bdi> <small>${escaped(about)}</small></button></li>`,
  );
  return page(
    "Choose an account",
    `<p>This is the sign-in of a local test stack. It accepts everyone and asks for no password.</p>
<form method="post"><ul>${buttons.join("")}</ul></form>`,
  );
}

/** The page for a request that must not be redirected. */
export function refusalPage(reason: string): string {
  return page("This sign-in request is not valid", `<p>${escaped(reason)}</p>`);
}

/** The page after a sign-out that names no valid address to return to. */
export function signedOutPage(): string {
  return page("Signed out", "<p>You can close this page.</p>");
}

function escaped(text: string): string {
  return text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");
}

const STYLE = `
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
body { margin: 0; min-height: 100vh; display: grid; place-items: center; background: Canvas; color: CanvasText; }
main { width: min(26rem, 100vw - 2rem); padding: 2rem 0; }
h1 { font-size: 1.5rem; margin: 0 0 .25rem; }
p { margin: 0 0 1.25rem; }
ul { list-style: none; margin: 0; padding: 0; display: grid; gap: .5rem; }
button { width: 100%; font: inherit; text-align: start; padding: .75rem 1rem; border-radius: .625rem;
  border: 1px solid GrayText; background: transparent; color: inherit; cursor: pointer; overflow-wrap: anywhere; }
button:hover, button:focus-visible { background: color-mix(in srgb, CanvasText 8%, Canvas); }
small { display: block; font-size: .8125rem; }
`;
