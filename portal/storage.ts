/** What the browser keeps for this page. Tokens are never among it. */

/** The browser does not let this page keep anything: cookies and site data are blocked. */
export class StorageBlocked extends Error {}

/** This tab's own storage. @throws StorageBlocked */
export function tabStorage(): Storage {
  return allowed(() => sessionStorage);
}

/** The storage that all tabs share. @throws StorageBlocked */
export function sharedStorage(): Storage {
  return allowed(() => localStorage);
}

/** A browser that blocks cookies throws when a storage is accessed, or offers none. */
function allowed(storage: () => Storage | null): Storage {
  try {
    const found = storage();
    if (found !== null) return found;
  } catch (error) {
    throw new StorageBlocked("blocked", { cause: error });
  }
  throw new StorageBlocked("missing");
}
