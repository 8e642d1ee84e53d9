import { useEffect, useRef, useState } from "preact/hooks";
import { isMonth, type Month } from "../lib/billing/month.ts";
import type { FieldError } from "./failure.ts";
import { counted, daysText } from "./figures.ts";
import { type ChangeView, today } from "./hooks.ts";
import { monthAway } from "./previous.ts";
import type { ClosedMonth } from "./report.ts";
import { boundsOf, type View } from "./view.ts";

/** So many months back can be chosen; the arrows go further. */
const MONTHS_BACK = 24;

interface FiltersProps {
  readonly view: View;
  readonly change: ChangeView;
  readonly closed: readonly ClosedMonth[];
  /** Names by id of the resellers that are known so far. */
  readonly resellers: ReadonlyMap<string, string>;
  readonly errors: readonly FieldError[];
}

/** What is seen: the days, whose, and which organizations. */
export function Filters({ view, change, closed, resellers, errors }: FiltersProps) {
  return (
    <search class="filters">
      <DaysFilter view={view} change={change} closed={closed} errors={errors} />
      {resellers.size > 1 || view.resellers.length > 0 ? (
        <ResellersFilter view={view} change={change} resellers={resellers} />
      ) : null}
      <label class="field grow">
        <span>Search</span>
        <input
          type="search"
          placeholder="Organization, reseller or id"
          value={view.search}
          onInput={({ currentTarget }) => change({ search: currentTarget.value }, "typing")}
        />
      </label>
    </search>
  );
}

function DaysFilter({ view, change, closed, errors }: Omit<FiltersProps, "resellers">) {
  const { days } = view;
  const show = (next: View["days"]) => change({ days: next, revision: undefined, figures: "billed" });
  return (
    <fieldset class="days">
      <legend class="hidden">Days</legend>
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
        <MonthField month={days.month} closed={closed} errors={errors} onShow={show} />
      ) : (
        <RangeFields
          key={`${days.start} ${days.end}`}
          start={days.start}
          end={days.end}
          errors={errors}
          onShow={show}
        />
      )}
    </fieldset>
  );
}

interface MonthFieldProps {
  readonly month: Month;
  readonly closed: readonly ClosedMonth[];
  readonly errors: readonly FieldError[];
  readonly onShow: (days: View["days"]) => void;
}

function MonthField({ month, closed, errors, onShow }: MonthFieldProps) {
  const present = today().slice(0, 7);
  const recent = isMonth(present)
    ? Array.from({ length: MONTHS_BACK + 1 }, (_, by) => monthAway(present, -by))
    : [];
  const known = [...new Set<string>([...recent, month, ...closed.map((one) => one.month)])]
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
          aria-label="Month"
          value={month}
          {...(wrong !== "" && { "aria-invalid": "true", "aria-describedby": "month-error" })}
          onChange={({ currentTarget }) => {
            if (isMonth(currentTarget.value)) onShow({ kind: "month", month: currentTarget.value });
          }}
        >
          {known.map((one) => (
            <option key={one} value={one}>
              {daysText({ kind: "month", month: one })}
            </option>
          ))}
        </select>
        <button type="button" aria-label="Next month" onClick={() => go(1)}>
          <Chevron d="m6 3 5 5-5 5" />
        </button>
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

/** Two days, asked for together: what may be asked is the API's to say. */
function RangeFields({ start, end, errors, onShow }: RangeFieldsProps) {
  const [given, setGiven] = useState({ start, end });
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

function ResellersFilter({ view, change, resellers }: Pick<FiltersProps, "view" | "change" | "resellers">) {
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
          disabled={chosen.length === 0}
          onClick={() => change({ resellers: [] })}
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

function Chevron({ d }: { readonly d: string }) {
  return (
    <svg class="chevron" viewBox="0 0 16 16" aria-hidden="true">
      <path d={d} />
    </svg>
  );
}
