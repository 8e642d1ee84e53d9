import { useEffect, useState } from "preact/hooks";
import { isMonth, type Month } from "../lib/billing/month.ts";
import { Chevron } from "./chevron.tsx";
import type { FieldError } from "./failure.ts";
import { daysText } from "./figures.ts";
import { type ChangeView, today } from "./hooks.ts";
import { monthAway } from "./previous.ts";
import type { Months } from "./report.ts";
import { boundsOf, type View } from "./view.ts";

/** The number of past months in the list; the arrows go further. */
const MONTHS_BACK = 24;

interface DaysFilterProps {
  readonly view: View;
  readonly change: ChangeView;
  /** The closed months; undefined while their list is not loaded. */
  readonly months: Months | undefined;
  /** What the API finds wrong with the days; each error is shown at its field. */
  readonly errors: readonly FieldError[];
}

/** The days to show: a month, or a first and a last day, in UTC. */
export function DaysFilter({ view, change, months, errors }: DaysFilterProps) {
  const { days } = view;
  const show = (next: View["days"]) => change({ days: next, revision: undefined, figures: "billed" });
  return (
    <fieldset class="days">
      <legend class="hidden">Days, in UTC</legend>
      <div class="segments">
        <label>
          <input
            type="radio"
            name="days"
            checked={days.kind === "month"}
            onChange={() => {
              const month = boundsOf(days).start.slice(0, 7);
              const present = today().slice(0, 7);
              if (isMonth(month)) show({ kind: "month", month });
              else if (isMonth(present)) show({ kind: "month", month: present });
            }}
          />
          <span>Month</span>
        </label>
        <label>
          <input
            type="radio"
            name="days"
            checked={days.kind === "range"}
            onChange={() => show({ kind: "range", ...boundsOf(days) })}
          />
          <span>Days</span>
        </label>
      </div>
      {days.kind === "month" ? (
        <MonthField month={days.month} months={months} errors={errors} onShow={show} />
      ) : (
        <RangeFields start={days.start} end={days.end} errors={errors} onShow={show} />
      )}
    </fieldset>
  );
}

interface MonthFieldProps {
  readonly month: Month;
  readonly months: Months | undefined;
  readonly errors: readonly FieldError[];
  readonly onShow: (days: View["days"]) => void;
}

function MonthField({ month, months, errors, onShow }: MonthFieldProps) {
  const present = today().slice(0, 7);
  const recent = isMonth(present)
    ? Array.from({ length: MONTHS_BACK + 1 }, (_, by) => monthAway(present, -by))
    : [];
  const { closed = [], damaged = [] } = months ?? {};
  const known = [...new Set<string>([...recent, month, ...closed.map((one) => one.month), ...damaged])]
    .filter(isMonth)
    .toSorted()
    .toReversed();
  const go = (by: number) => onShow({ kind: "month", month: monthAway(month, by) });
  const wrong = errors.map(({ message }) => message).join(" ");
  return (
    <div class="field">
      <div class="stepper">
        <button type="button" aria-label="Previous month" onClick={() => go(-1)}>
          <Chevron d="M10 3 5 8l5 5" />
        </button>
        <select
          aria-label="Month (UTC)"
          value={month}
          {...(wrong !== "" && { "aria-invalid": "true", "aria-describedby": "month-error" })}
          onChange={({ currentTarget }) => {
            if (isMonth(currentTarget.value)) onShow({ kind: "month", month: currentTarget.value });
          }}
        >
          {known.map((one) => (
            <option key={one} value={one}>
              {daysText({ kind: "month", month: one })}
              {damaged.includes(one) ? " (damaged)" : ""}
            </option>
          ))}
        </select>
        <button type="button" aria-label="Next month" onClick={() => go(1)}>
          <Chevron d="m6 3 5 5-5 5" />
        </button>
        <span class="zone quiet" aria-hidden="true">
          UTC
        </span>
      </div>
      <FieldErrors id="month-error" text={wrong} />
    </div>
  );
}

interface RangeFieldsProps {
  readonly start: string;
  readonly end: string;
  readonly errors: readonly FieldError[];
  readonly onShow: (days: View["days"]) => void;
}

/** A first and a last day, requested together. The API decides which days are valid. */
function RangeFields({ start, end, errors, onShow }: RangeFieldsProps) {
  const [given, setGiven] = useState({ start, end });
  useEffect(() => setGiven({ start, end }), [start, end]);
  const field = (name: "start" | "end", label: string) => {
    const wrong = errors
      .filter(({ parameter }) => parameter === `${name}_date`)
      .map(({ message }) => message)
      .join(" ");
    return (
      <div class="field">
        <label class="inline">
          <span>{label}</span>
          <input
            type="date"
            value={given[name]}
            {...(wrong !== "" && { "aria-invalid": "true", "aria-describedby": `${name}-error` })}
            onInput={({ currentTarget }) => setGiven({ ...given, [name]: currentTarget.value })}
          />
        </label>
        <FieldErrors id={`${name}-error`} text={wrong} />
      </div>
    );
  };
  return (
    <form
      class="range"
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        onShow({ kind: "range", ...given });
      }}
    >
      {field("start", "From")}
      {field("end", "to")}
      <span class="zone quiet">UTC</span>
      <button type="submit" class="secondary">
        Show
      </button>
    </form>
  );
}

function FieldErrors({ id, text }: { readonly id: string; readonly text: string }) {
  return text === "" ? null : (
    <p class="error" id={id}>
      {text}
    </p>
  );
}
