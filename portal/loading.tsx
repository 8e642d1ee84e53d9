import { daysText } from "./figures.ts";
import { useSecondsSince } from "./hooks.ts";
import type { Days } from "./view.ts";

/** That figures are being added up, for how long, and how long that may take. */
export function Loading({ days, since }: { readonly days: Days; readonly since: number }) {
  const seconds = useSecondsSince(since);
  return (
    <section class="message loading" aria-busy="true">
      <h1>Adding up {daysText(days)}</h1>
      <p role="timer">
        {seconds} s <span class="quiet">· a few seconds as a rule, 30 at the most</span>
      </p>
      <div class="progress" aria-hidden="true">
        <span />
      </div>
    </section>
  );
}
