import type { ChangeView } from "./hooks.ts";
import type { View } from "./view.ts";

/** The page's mark: three bars on a tile. */
export function Logo() {
  return (
    <svg class="logo" viewBox="0 0 32 32" aria-hidden="true">
      <rect class="tile" width="32" height="32" rx="8" />
      <rect x="7" y="13" width="4" height="12" rx="2" />
      <rect x="14" y="7" width="4" height="18" rx="2" />
      <rect x="21" y="17" width="4" height="8" rx="2" />
    </svg>
  );
}

interface HeaderProps {
  readonly name: string | undefined;
  readonly onSignOut?: () => void;
  readonly view?: View;
  readonly change?: ChangeView;
}

/** The page's name, its two parts, who is signed in, and the way out. */
export function Header({ name, onSignOut, view, change }: HeaderProps) {
  return (
    <header class="top">
      <a class="brand" href="/portal/">
        <Logo />
        <span>Voice minutes</span>
      </a>
      {view && change && (
        <nav class="parts" aria-label="Parts of the page">
          <button
            type="button"
            id="part-report"
            {...(view.bill === undefined && { "aria-current": "page" })}
            onClick={() => change({ bill: undefined })}
          >
            Report
          </button>
          <button
            type="button"
            id="part-bills"
            {...(view.bill !== undefined && { "aria-current": view.bill === "all" ? "page" : "true" })}
            onClick={() => change({ bill: "all" })}
          >
            Bills
          </button>
        </nav>
      )}
      {onSignOut && (
        <div class="account">
          {name !== undefined && (
            <bdi class="clip" title={name}>
              {name}
            </bdi>
          )}
          <button type="button" class="plain" onClick={onSignOut}>
            Sign out
          </button>
        </div>
      )}
    </header>
  );
}
