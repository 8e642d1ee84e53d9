import type { Api } from "./api.ts";
import type { Shown } from "./ask.ts";
import { BillCard } from "./bill-card.tsx";
import { Change } from "./change.tsx";
import { CsvButton } from "./csv-button.tsx";
import { count, daysText, instantText, minutes } from "./figures.ts";
import { type ChangeView, today } from "./hooks.ts";
import { LoadedLine } from "./loaded-line.tsx";
import type { ClosedMonth } from "./report.ts";
import type { Table } from "./rows.ts";
import { boundsOf, type View } from "./view.ts";

interface SummaryProps {
  readonly api: Api;
  readonly shown: Shown;
  readonly table: Table;
  readonly view: View;
  readonly change: ChangeView;
  readonly onRefresh: () => void;
}

/** Says which figures these are, and shows their totals. */
export function Summary({ api, shown, table, view, change, onRefresh }: SummaryProps) {
  const { previous } = shown;
  const { total } = table;
  return (
    <section class="summary" aria-labelledby="period">
      <div class="heading">
        <h1 id="period">
          {daysText(shown.days)} <Badge shown={shown} />
        </h1>
        <div class="actions">
          <CsvButton api={api} {...fileOf(shown, view)} />
          <button type="button" class="secondary" onClick={() => print()}>
            Print
          </button>
        </div>
      </div>
      <Standing shown={shown} view={view} change={change} onRefresh={onRefresh} />
      <BillCard bill={shown.bill} change={change} />
      <dl class="totals">
        <div class="main">
          <dt>Minutes</dt>
          <dd class="figure">{minutes(total.seconds)}</dd>
          <dd class="quiet">exactly {count(total.seconds)} seconds</dd>
        </div>
        <div>
          <dt>
            {previous.kind === "none" ? "Previous period" : daysText(previous.days)}
            {previous.kind === "there" && previous.report.billed !== undefined && ", as billed"}
          </dt>
          {previous.kind === "there" && total.before !== undefined ? (
            <>
              <dd class="figure">{minutes(total.before)}</dd>
              <dd>
                <Change {...total} />
              </dd>
            </>
          ) : (
            <>
              <dd class="figure quiet">–</dd>
              <dd class="quiet">{previous.kind === "none" ? previous.reason : "loading …"}</dd>
            </>
          )}
        </div>
        <div>
          <dt>Organizations</dt>
          <dd class="figure">{count(table.organizationCount)}</dd>
        </div>
        <div>
          <dt>Agents</dt>
          <dd class="figure">{count(table.agentCount)}</dd>
        </div>
      </dl>
      <LoadedLine fresh={shown} onRefresh={onRefresh} />
    </section>
  );
}

/** The newest revision of the month that is shown; undefined if the month is not closed, or not known to be. */
export function closedMonthOf({ days, months }: Shown): ClosedMonth | undefined {
  return days.kind === "month" ? months?.closed.find(({ month }) => month === days.month) : undefined;
}

/** The CSV file of the view. The API narrows the live report to resellers, never by a search. */
function fileOf({ question }: Shown, { resellers, search }: View) {
  if (question.kind === "live") {
    const note = search === "" ? "" : "The CSV file contains every organization, not only those found.";
    return { question: { ...question, resellers }, note };
  }
  const isNarrowed = resellers.length > 0 || search !== "";
  const note = isNarrowed
    ? "The CSV file of a closed month contains all your resellers and organizations."
    : "";
  return { question, note };
}

function Badge({ shown }: { readonly shown: Shown }) {
  const { present, days, months } = shown;
  if (present.billed !== undefined) return <span class="badge closed">Closed</span>;
  if (months === undefined || isClosed(shown)) return <span class="badge">Live</span>;
  return days.kind === "month" || days.end >= today() ? <span class="badge open">So far</span> : null;
}

function isClosed(shown: Shown): boolean {
  const { days, months } = shown;
  const isDamaged = days.kind === "month" && months?.damaged.includes(days.month) === true;
  return isDamaged || closedMonthOf(shown) !== undefined;
}

/** Whether these figures are billed, and which other figures there are. */
function Standing({ shown, view, change, onRefresh }: Omit<SummaryProps, "api" | "name" | "table">) {
  const { present, months } = shown;
  const closed = closedMonthOf(shown);
  const { billed } = present;
  return (
    <div class="standing">
      {isClosed(shown) && (
        <div class="segments" role="group" aria-label="Figures">
          {(["billed", "live"] as const).map((figures) => (
            <button
              key={figures}
              type="button"
              id={`figures-${figures}`}
              aria-pressed={view.figures === figures}
              onClick={() => change({ figures, revision: undefined })}
            >
              {figures === "billed" ? "As billed" : "Live"}
            </button>
          ))}
        </div>
      )}
      {billed !== undefined && closed !== undefined && closed.revision > 1 && (
        <label class="inline">
          <span>Revision</span>
          <select
            id="revision"
            value={String(billed.revision)}
            onChange={({ currentTarget }) => {
              const revision = Number(currentTarget.value);
              change({ revision: revision === closed.revision ? undefined : revision });
            }}
          >
            {Array.from({ length: closed.revision }, (_, index) => closed.revision - index).map(
              (revision) => (
                <option key={revision} value={revision}>
                  {revision}
                  {revision === closed.revision ? " (newest)" : ""}
                </option>
              ),
            )}
          </select>
        </label>
      )}
      <p>{standingText(shown)}</p>
      {months === undefined && (
        <p class="note" role="alert">
          The list of closed months could not be loaded, so closed months are shown live too.{" "}
          <button type="button" class="plain" id="months-again" onClick={onRefresh}>
            Load it again
          </button>
        </p>
      )}
    </div>
  );
}

/** Says what the figures are: billed, live, or not final yet. */
export function standingText(shown: Shown): string {
  const { present, days, months } = shown;
  const { billed } = present;
  if (billed !== undefined) {
    return `Billed figures: revision ${billed.revision}, as of ${instantText(billed.asOf)}.`;
  }
  if (months === undefined) return "The live report, not a bill.";
  const closed = closedMonthOf(shown);
  if (closed !== undefined) return `The live report, not the bill. Billed is revision ${closed.revision}.`;
  if (isClosed(shown)) return "The live report, not the bill. The bill of this month is damaged.";
  return days.kind === "range" && boundsOf(days).end < today()
    ? "The live report. Months that are not closed may still change."
    : "This month is not closed. Calls may still arrive, and the figures change until it is billed.";
}
