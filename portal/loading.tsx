import { daysText } from "./figures.ts";
import { useSecondsSince } from "./hooks.ts";
import type { Days } from "./view.ts";

/** Says that figures are loading, for how long, and how long that may take. */
export function Loading({ days, since }: { readonly days: Days; readonly since: number }) {
  const seconds = useSecondsSince(since);
  return (
    <section class="message loading" aria-busy="true">
      <h1>Loading {daysText(days)}</h1>
      <p role="timer">
        {seconds} s <span class="quiet">· usually a few seconds, at most 30</span>
      </p>
      <div class="progress" aria-hidden="true">
        <span />
      </div>
    </section>
  );
}
