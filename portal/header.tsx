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

/** The page's name, who is signed in, and the way out. */
export function Header({
  name,
  onSignOut,
}: {
  readonly name: string | undefined;
  readonly onSignOut?: () => void;
}) {
  return (
    <header class="top">
      <a class="brand" href="/portal/">
        <Logo />
        <span>Voice minutes</span>
      </a>
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
