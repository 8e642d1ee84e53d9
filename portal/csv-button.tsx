import { useState } from "preact/hooks";
import type { Api, Download } from "./api.ts";
import type { Shown } from "./ask.ts";
import type { Failure } from "./failure.ts";
import type { View } from "./view.ts";

interface CsvButtonProps {
  readonly api: Api;
  readonly shown: Shown;
  readonly view: View;
}

/** Saves the API's own CSV of the period: of the chosen resellers, where the API narrows by them; a search does not. */
export function CsvButton({ api, shown, view }: CsvButtonProps) {
  const [state, setState] = useState<"ready" | "asking" | Failure>("ready");
  const { question } = shown;
  const isNarrowed = view.resellers.length > 0;
  const download = async () => {
    setState("asking");
    const answer = await api.csv(
      question.kind === "live" ? { ...question, resellers: view.resellers } : question,
    );
    if (answer.ok) save(answer.value);
    setState(answer.ok ? "ready" : answer.failure);
  };
  const note =
    question.kind === "billed" && isNarrowed
      ? "The bill's CSV holds all your resellers."
      : view.search === ""
        ? ""
        : "The CSV holds every organization, not only those found.";
  return (
    <div class="csv">
      <button type="button" class="secondary" disabled={state === "asking"} onClick={() => void download()}>
        <svg class="glyph" viewBox="0 0 16 16" aria-hidden="true">
          <path d="M8 2v8m0 0 3-3m-3 3L5 7M3 13h10" />
        </svg>
        {state === "asking" ? "Asking for it …" : "Download CSV"}
      </button>
      {typeof state === "object" ? (
        <p class="error" role="alert">
          {textOf(state)}
        </p>
      ) : (
        note !== "" && <p class="quiet">{note}</p>
      )}
    </div>
  );
}

function textOf(failure: Failure): string {
  if (failure.kind === "session") return "Your session has ended: Refresh asks you to sign in again.";
  if (failure.kind === "offline") return "No connection: try again.";
  return `No file: ${failure.detail || "the service did not give it"} Try again.`;
}

function save({ name, content }: Download): void {
  const url = URL.createObjectURL(content);
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  // The browser has taken hold of the file by then; the address would keep it in memory.
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
