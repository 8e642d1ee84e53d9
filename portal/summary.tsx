import type { Api } from "./api.ts";
import type { Shown } from "./ask.ts";
import { Change } from "./change.tsx";
import { CsvButton } from "./csv-button.tsx";
import { clockText, count, daysText, instantText, minutes, tookText } from "./figures.ts";
import { type ChangeView, today } from "./hooks.ts";
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

/** Which figures these are, and what they come to. */
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
          <CsvButton api={api} shown={shown} view={view} />
        </div>
      </div>
      <Standing shown={shown} view={view} change={change} />
      <dl class="totals">
        <div class="main">
          <dt>Minutes</dt>
          <dd class="figure">{minutes(total.seconds)}</dd>
          <dd class="quiet">exactly {count(total.seconds)} seconds</dd>
        </div>
        <div>
          <dt>
            {previous.kind === "none" ? "Period before" : daysText(previous.days)}
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
              <dd class="quiet">{previous.kind === "none" ? previous.reason : "on its way …"}</dd>
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
      <p class="freshness quiet">
        Loaded at {clockText(shown.at)} in {tookText(shown.took)}.{" "}
        <button type="button" class="plain" onClick={onRefresh}>
          Refresh
        </button>
      </p>
    </section>
  );
}

function closedMonthOf({ days, closed }: Shown) {
  return days.kind === "month" ? closed.find(({ month }) => month === days.month) : undefined;
}

function Badge({ shown }: { readonly shown: Shown }) {
  if (shown.present.billed !== undefined) return <span class="badge closed">Closed</span>;
  if (closedMonthOf(shown) !== undefined) return <span class="badge">Live</span>;
  return shown.days.kind === "month" || shown.days.end >= today() ? (
    <span class="badge open">So far</span>
  ) : null;
}

/** Whether these figures are what is billed, and which others there are. */
function Standing({ shown, view, change }: Pick<SummaryProps, "shown" | "view" | "change">) {
  const { present, days } = shown;
  const closed = closedMonthOf(shown);
  const { billed } = present;
  if (closed === undefined) {
    const isRange = days.kind === "range";
    return (
      <p class="standing">
        {isRange && boundsOf(days).end < today()
          ? "The live report. Months that are not closed may still change."
          : "This month is not closed: calls may still arrive, and figures change until it is billed."}
      </p>
    );
  }
  return (
    <div class="standing">
      <div class="segments" role="group" aria-label="Figures">
        {(["billed", "live"] as const).map((figures) => (
          <button
            key={figures}
            type="button"
            aria-pressed={view.figures === figures}
            onClick={() => change({ figures, revision: undefined })}
          >
            {figures === "billed" ? "As billed" : "Live"}
          </button>
        ))}
      </div>
      {billed !== undefined && closed.revision > 1 && (
        <label class="inline">
          <span>Revision</span>
          <select
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
      <p>
        {billed === undefined
          ? `The report as it is now. What is billed for this month is revision ${closed.revision}.`
          : `What is billed, not the live report: revision ${billed.revision}, as of ${instantText(billed.asOf)}. Organizations without calls are not on the bill.`}
      </p>
    </div>
  );
}
