import { useEffect, useRef } from "preact/hooks";
import { Chevron } from "./chevron.tsx";
import { counted } from "./figures.ts";
import type { ChangeView } from "./hooks.ts";
import type { View } from "./view.ts";

interface ResellersFilterProps {
  readonly view: View;
  readonly change: ChangeView;
  /** Names by id of the resellers that are known so far. */
  readonly resellers: ReadonlyMap<string, string>;
}

/** Selects the resellers whose figures are shown. */
export function ResellersFilter({ view, change, resellers }: ResellersFilterProps) {
  const menu = useRef<HTMLDetailsElement>(null);
  useEffect(() => {
    const close = (event: Event) => {
      const { current } = menu;
      if (current === null || !current.open) return;
      if (event instanceof KeyboardEvent) {
        if (event.key !== "Escape") return;
        current.open = false;
        current.querySelector("summary")?.focus();
      } else if (event.target instanceof Node && !current.contains(event.target)) {
        current.open = false;
      }
    };
    const kinds = ["keydown", "pointerdown", "focusin"];
    for (const kind of kinds) document.addEventListener(kind, close);
    return () => {
      for (const kind of kinds) document.removeEventListener(kind, close);
    };
  }, []);
  const chosen = view.resellers;
  const [only] = chosen;
  const label =
    only === undefined
      ? "All resellers"
      : chosen.length === 1
        ? (resellers.get(only) ?? only)
        : counted(chosen.length, "reseller");
  const listed = [
    ...new Map([...chosen.map((id) => [id, resellers.get(id) ?? id] as const), ...resellers]),
  ].sort(([, a], [, b]) => a.localeCompare(b));
  return (
    <details class="menu" ref={menu}>
      <summary>
        <bdi class="clip">{label}</bdi>
        <Chevron d="m3 6 5 5 5-5" />
      </summary>
      <fieldset>
        <legend class="hidden">Resellers</legend>
        <button
          type="button"
          class="plain"
          aria-disabled={chosen.length === 0}
          onClick={() => chosen.length > 0 && change({ resellers: [] })}
        >
          All resellers
        </button>
        {listed.map(([id, name]) => (
          <label key={id}>
            <input
              type="checkbox"
              checked={chosen.includes(id)}
              onChange={({ currentTarget }) =>
                change({
                  resellers: currentTarget.checked ? [...chosen, id] : chosen.filter((one) => one !== id),
                })
              }
            />
            <bdi>{name}</bdi>
          </label>
        ))}
      </fieldset>
    </details>
  );
}
