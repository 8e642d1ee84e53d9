/**
 * Keeps the keyboard's place when the part of the page that had the focus is replaced, for example by new figures. The
 * browser would move the focus to the top of the page.
 *
 * A control that comes back gets the focus again: it is known by its `id`. Until then, or where it does not come back,
 * the nearest element around it that can hold the focus has it.
 */
export function keepFocus(root: HTMLElement): void {
  let last: HTMLElement | undefined;
  let around: HTMLElement[] = [];
  let shelter: HTMLElement | undefined;

  document.addEventListener("focusin", ({ target }) => {
    if (!(target instanceof HTMLElement) || target === shelter) return;
    last = target;
    around = ancestorsOf(target);
    shelter = undefined;
  });

  const restore = () => {
    if (last === undefined || last.isConnected) return;
    const { activeElement } = document;
    // The person went on to something else.
    if (activeElement !== document.body && activeElement !== shelter) return;
    const again = last.id === "" ? null : document.getElementById(last.id);
    if (again !== null) return again.focus({ preventScroll: true });
    if (shelter?.isConnected) return;
    shelter = around.find((element) => element.isConnected && element.hasAttribute("tabindex"));
    shelter?.focus({ preventScroll: true });
  };
  new MutationObserver(restore).observe(root, { childList: true, subtree: true });
}

function ancestorsOf(element: HTMLElement): HTMLElement[] {
  const parent = element.parentElement;
  return parent === null ? [] : [parent, ...ancestorsOf(parent)];
}
