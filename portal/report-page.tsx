import { useEffect, useMemo, useRef } from "preact/hooks";
import type { Month } from "../lib/billing/month.ts";
import { Adjustments } from "./adjustments.tsx";
import type { Api } from "./api.ts";
import type { Shown } from "./ask.ts";
import { BillsPage } from "./bills-page.tsx";
import { Chart } from "./chart.tsx";
import { Failed } from "./failed.tsx";
import { counted, daysText, minutes } from "./figures.ts";
import { Filters } from "./filters.tsx";
import { Header } from "./header.tsx";
import { type Answer, type ChangeView, useAnswer, useView } from "./hooks.ts";
import { LoadedLine } from "./loaded-line.tsx";
import { Loading } from "./loading.tsx";
import { Message } from "./message.tsx";
import { Organizations } from "./organizations.tsx";
import { usePaper } from "./paper.ts";
import { PrintedReport } from "./printed.tsx";
import { type Table, tableOf } from "./rows.ts";
import { Summary } from "./summary.tsx";
import { Trend } from "./trend.tsx";
import type { View } from "./view.ts";

interface ReportPageProps {
  readonly api: Api;
  /** Who has signed in. */
  readonly name: string | undefined;
  readonly onSignOut: () => void;
  /** The token has expired. */
  readonly onExpired: () => void;
}

/** The page for someone who has signed in. */
export function ReportPage({ api, name, onSignOut, onExpired }: ReportPageProps) {
  const [view, change] = useView();
  const [answer, again] = useAnswer(api, view);
  const isExpired = answer.kind === "failed" && answer.failure.kind === "session";
  useEffect(() => {
    if (isExpired) onExpired();
  }, [isExpired, onExpired]);

  const shown = answer.kind === "shown" ? answer.shown : undefined;
  const present = shown?.present;
  const previous = shown?.previous.kind === "there" ? shown.previous.report : undefined;
  const { resellers } = view;
  const table = useMemo(
    () => (present === undefined ? undefined : tableOf(present, previous, resellers)),
    [present, previous, resellers],
  );
  const known = useRef(new Map<string, string>());
  const unfit = answer.kind === "failed" && answer.failure.kind === "too-large" ? answer.failure : undefined;
  useMemo(() => {
    for (const report of [present, previous]) {
      for (const one of report?.organizations ?? []) known.current.set(one.resellerId, one.resellerName);
    }
    for (const [id, reseller] of unfit?.resellers ?? []) known.current.set(id, reseller);
  }, [present, previous, unfit]);
  const months = useRef<Shown["months"]>(undefined);
  const listed = answer.kind === "failed" ? answer.months : shown?.months;
  if (listed !== undefined) months.current = listed;
  usePaper(
    view.bill === undefined && shown !== undefined && table !== undefined && table.rows.length > 0
      ? () => <PrintedReport shown={shown} table={table} view={view} partner={name} />
      : undefined,
    [shown, table, view, name],
  );
  const refusal = answer.kind === "failed" && answer.failure.kind === "refused" ? answer.failure.errors : [];

  useEffect(() => {
    const subject =
      view.bill === undefined ? daysText(view.days) : view.bill === "all" ? "Bills" : `Bill ${view.bill}`;
    document.title = `${subject} · Voice minutes`;
  }, [view.days, view.bill]);

  return (
    <>
      <a class="skip" href="#report">
        Skip to the report
      </a>
      <Header name={name} onSignOut={onSignOut} view={view} change={change} />
      {view.bill === undefined ? (
        <main>
          <Filters
            view={view}
            change={change}
            months={months.current}
            resellers={known.current}
            errors={refusal}
          />
          <p class="hidden" role="status">
            {said(answer, table)}
          </p>
          <div id="report" class="report" tabIndex={-1}>
            {answer.kind === "loading" && <Loading days={view.days} since={answer.since} />}
            {answer.kind === "failed" && answer.failure.kind !== "session" && (
              <Failed
                failure={answer.failure}
                isBill={answer.isBill}
                onRetry={again}
                onLive={() => change({ figures: "live", revision: undefined })}
                onSignOut={onSignOut}
              />
            )}
            {shown !== undefined && table !== undefined && (
              <Figures
                api={api}
                shown={shown}
                table={table}
                view={view}
                change={change}
                onRefresh={again}
                onSignOut={onSignOut}
              />
            )}
          </div>
        </main>
      ) : (
        <main>
          <div id="report" class="report" tabIndex={-1}>
            <BillsPage
              api={api}
              bill={view.bill}
              partner={name}
              change={change}
              onExpired={onExpired}
              onSignOut={onSignOut}
            />
          </div>
        </main>
      )}
    </>
  );
}

interface FiguresProps {
  readonly api: Api;
  readonly shown: Shown;
  readonly table: Table;
  readonly view: View;
  readonly change: ChangeView;
  readonly onRefresh: () => void;
  readonly onSignOut: () => void;
}

function Figures({ api, shown, table, view, change, onRefresh, onSignOut }: FiguresProps) {
  const { present, question } = shown;
  // The live report lists every organization, also without calls. An empty one means that there is no reseller.
  const isWhole = question.kind === "live" && question.resellers.length === 0;
  if (present.organizations.length === 0 && isWhole) {
    return (
      <>
        <Message
          title="No resellers yet"
          action={
            <button type="button" class="primary" onClick={onSignOut}>
              Sign out
            </button>
          }
        >
          Your account is not linked to a reseller that has organizations, so there are no figures to show.
          Contact support to have your resellers linked. Then sign in again.
        </Message>
        <LoadedLine fresh={shown} onRefresh={onRefresh} />
      </>
    );
  }
  return (
    <>
      <Summary api={api} shown={shown} table={table} view={view} change={change} onRefresh={onRefresh} />
      <Adjustments report={present} resellers={view.resellers} />
      {table.rows.length === 0 && view.resellers.length > 0 ? (
        <NobodyChosen change={change} />
      ) : table.total.seconds === 0 ? (
        <NoCalls shown={shown} change={change} />
      ) : (
        <>
          <Trend shown={shown} change={change} />
          <Chart table={table} />
        </>
      )}
      {table.rows.length > 0 && (
        <Organizations table={table} previous={shown.previous} view={view} change={change} />
      )}
    </>
  );
}

function NobodyChosen({ change }: Pick<FiguresProps, "change">) {
  return (
    <Message
      level={2}
      title="No data for the selected resellers"
      action={
        <button type="button" class="primary" onClick={() => change({ resellers: [] })}>
          Show all resellers
        </button>
      }
    >
      The selected resellers have no organizations in this period, or your account has no access to them.
    </Message>
  );
}

function NoCalls({ shown, change }: Pick<FiguresProps, "shown" | "change">) {
  const newest = shown.months?.closed.at(-1)?.month;
  const month = newest !== undefined && isOther(shown, newest) ? newest : undefined;
  return (
    <Message
      level={2}
      title={`No calls in ${daysText(shown.days)}`}
      action={
        month !== undefined && (
          <button
            type="button"
            class="primary"
            onClick={() => change({ days: { kind: "month", month }, revision: undefined })}
          >
            Show {daysText({ kind: "month", month })}, the newest closed month
          </button>
        )
      }
    >
      {shown.present.billed === undefined
        ? "No calls have been reported for these days yet. Choose other days above."
        : "No minutes were billed for this month."}
    </Message>
  );
}

function isOther({ days }: Shown, month: Month): boolean {
  return days.kind !== "month" || days.month !== month;
}

/** What a screen reader announces when figures are there. */
function said(answer: Answer, table: Table | undefined): string {
  if (answer.kind !== "shown" || table === undefined) return "";
  return `${daysText(answer.shown.days)}: ${minutes(table.total.seconds)} minutes, ${counted(table.organizationCount, "organization")}.`;
}
