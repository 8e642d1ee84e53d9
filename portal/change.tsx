import { growthText, isSteady, minutesDelta } from "./figures.ts";
import { type Compared, growth } from "./rows.ts";

/** How a figure has changed against the previous period: in percent, or in words if there is no percentage. */
export function Change({ seconds, before }: Compared) {
  if (before === undefined) return <span class="quiet">–</span>;
  if (seconds === before) return <span class="quiet">no change</span>;
  const rate = growth({ seconds, before });
  const text = rate === undefined ? "new" : growthText(rate);
  // A change too small for the text has no arrow, which would contradict it.
  if (rate !== undefined && isSteady(rate)) return <span class="quiet">{text}</span>;
  const isMore = seconds > before;
  return (
    <span class={isMore ? "more" : "less"} title={`${minutesDelta(seconds - before)} minutes`}>
      <svg class="arrow" viewBox="0 0 10 10" aria-hidden="true">
        <path d={isMore ? "M5 1.5 9 8H1z" : "M5 8.5 1 2h8z"} />
      </svg>
      {text}
    </span>
  );
}
