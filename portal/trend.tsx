import { useEffect, useState } from "preact/hooks";
import type { Shown } from "./ask.ts";
import type { Day } from "./days.ts";
import { counted, daysText, dayText, minutes, scaleText, shortDayText } from "./figures.ts";
import { type ChangeView, today } from "./hooks.ts";
import { TrendTable } from "./trend-table.tsx";

interface TrendProps {
  readonly shown: Shown;
  readonly change: ChangeView;
}

/** Usage by day, with the previous period beside it. A day opens when it is chosen. */
export function Trend({ shown, change }: TrendProps) {
  const { trend } = shown;
  if (trend.kind === "loading") {
    return (
      <section class="trend" aria-busy="true">
        <h2>Usage by day</h2>
        <p class="quiet">loading …</p>
      </section>
    );
  }
  if (trend.kind === "none") {
    return trend.reason === "" ? null : (
      <section class="trend">
        <h2>Usage by day</h2>
        <p class="quiet">{trend.reason}</p>
      </section>
    );
  }
  return <Days shown={shown} days={trend.days} before={trend.before} change={change} />;
}

interface DaysProps extends TrendProps {
  readonly days: readonly Day[];
  readonly before: readonly Day[] | undefined;
}

function Days({ shown, days, before, change }: DaysProps) {
  const now = today();
  // A day to come has no usage yet, which is not the same as none.
  const past = days.filter(({ date }) => date <= now);
  const [at, setAt] = useState(past.length - 1);
  // The same days may be loaded again while the reader is at one of them.
  useEffect(() => setAt(past.length - 1), [days[0]?.date, past.length]);
  const chosen = past[Math.min(at, past.length - 1)];
  if (days.length < 2 || chosen === undefined) return null;
  const place = past.indexOf(chosen);
  const open = (index: number) => {
    const date = past[index]?.date;
    if (date !== undefined) change({ days: { kind: "range", start: date, end: date }, revision: undefined });
  };
  const top = Math.max(
    60,
    ...past.map(({ seconds }) => seconds),
    ...(before ?? []).map(({ seconds }) => seconds),
  );
  const then = before?.[place];
  const isPartial = chosen.date === now;
  return (
    <section class="trend" aria-labelledby="trend">
      <div class="heading">
        <h2 id="trend">Usage by day{shown.present.billed === undefined ? "" : ", from the live report"}</h2>
        <span class="key quiet" aria-hidden="true">
          <i class="present" /> this period
          {before !== undefined && <i class="line" />}
          {before !== undefined && " before"}
        </span>
      </div>
      <div class="plot">
        <ul class="scale quiet" aria-hidden="true">
          <li>{scaleText(top)} min</li>
          <li>{scaleText(top / 2)}</li>
          <li>0</li>
        </ul>
        <div class="days-plot">
          <Bars days={days} past={past} before={before} top={top} chosen={place} />
          <input
            type="range"
            id="trend-day"
            min={0}
            max={past.length - 1}
            step={1}
            value={place}
            style={{ width: `${(100 * past.length) / days.length}%`, "--thumb": `${100 / past.length}%` }}
            aria-label="Day (UTC)"
            aria-valuetext={`${dayText(chosen.date)}: ${minutes(chosen.seconds)} minutes, ${counted(chosen.calls, "call")}`}
            onInput={({ currentTarget }) => setAt(Number(currentTarget.value))}
            onKeyDown={({ key }) => {
              if (key === "Enter") open(place);
            }}
            onPointerMove={({ pointerType, currentTarget, clientX }) => {
              if (pointerType === "mouse") setAt(indexAt(currentTarget, clientX, past.length));
            }}
            onClick={(event) => {
              // A finger explores the days first and has the button below; a mouse has explored by moving.
              const isMouse = event instanceof PointerEvent && event.pointerType === "mouse";
              if (isMouse) open(indexAt(event.currentTarget, event.clientX, past.length));
            }}
          />
        </div>
        <p class="ends quiet" aria-hidden="true">
          <span>{shortDayText(days[0]?.date ?? "")} (UTC)</span>
          <span>{shortDayText(days[Math.floor(days.length / 2)]?.date ?? "")}</span>
          <span>{shortDayText(days.at(-1)?.date ?? "")}</span>
        </p>
      </div>
      <p class="readout">
        <span>
          <strong>{dayText(chosen.date)}</strong>
          {isPartial ? " (so far)" : ""}: {minutes(chosen.seconds)} minutes, {counted(chosen.calls, "call")}
          {then !== undefined && (
            <span class="quiet">
              {" "}
              · {dayText(then.date)}: {minutes(then.seconds)}
            </span>
          )}
        </span>
        <button type="button" class="secondary" onClick={() => open(place)}>
          Open this day
        </button>
      </p>
      <TrendTable days={past} before={before} title={daysText(shown.days)} />
    </section>
  );
}

/** The day that is drawn at a place. @param x pixels from the left edge of the window */
function indexAt(control: HTMLElement, x: number, length: number): number {
  const { left, width } = control.getBoundingClientRect();
  return Math.max(0, Math.min(length - 1, Math.floor((length * (x - left)) / width)));
}

interface BarsProps {
  readonly days: readonly Day[];
  readonly past: readonly Day[];
  readonly before: readonly Day[] | undefined;
  /** Seconds of the whole height. */
  readonly top: number;
  readonly chosen: number;
}

/** The picture only. Its values are in the control over it and in the table below it. */
function Bars({ days, past, before, top, chosen }: BarsProps) {
  const heightOf = (seconds: number) => (100 * seconds) / top;
  const steps = (before ?? [])
    .slice(0, days.length)
    .map(({ seconds }, index) => `${index} ${100 - heightOf(seconds)} H${index + 1}`);
  return (
    <svg viewBox={`0 0 ${days.length} 100`} preserveAspectRatio="none" aria-hidden="true">
      <path class="rule" d={`M0 0H${days.length}M0 50H${days.length}M0 100H${days.length}`} />
      {past.map(({ date, seconds }, index) => (
        <rect
          key={date}
          class={index === chosen ? "day chosen" : "day"}
          x={index + 0.14}
          width={0.72}
          y={100 - heightOf(seconds)}
          height={heightOf(seconds)}
        />
      ))}
      {steps.length > 0 && <path class="line" d={`M${steps.join("L")}`} />}
    </svg>
  );
}
