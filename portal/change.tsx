import { growthText, minutesDelta } from "./figures.ts";
import { type Compared, growth } from "./rows.ts";

/** How a figure has changed against the previous period: in percent, or in words where there is no percentage. */
export function Change({ seconds, before }: Compared) {
  if (before === undefined) return <span class="quiet">–</span>;
  if (seconds === before) return <span class="quiet">no change</span>;
  const rate = growth({ seconds, before });
  const text = rate === undefined ? "new" : growthText(rate);
  // Less than the text can say has no direction.
  if (rate !== undefined && !/[1-9]/.test(text)) return <span class="quiet">{text}</span>;
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
