import { useEffect, useRef, useState } from "preact/hooks";
import type { Api, BillQuestion, Download, Question } from "./api.ts";
import type { Failure } from "./failure.ts";
import { wordsFor } from "./failure-words.ts";

interface CsvButtonProps {
  readonly api: Api;
  readonly question: Question | BillQuestion;
  /** What the reader should know of the file. */
  readonly note?: string;
}

/** Saves the API's CSV file after a byte order mark. */
export function CsvButton({ api, question, note = "" }: CsvButtonProps) {
  const [state, setState] = useState<"ready" | "asking" | Failure>("ready");
  const stop = useRef<AbortController | undefined>(undefined);
  useEffect(() => () => stop.current?.abort(), []);
  const download = async () => {
    if (state === "asking") return;
    setState("asking");
    stop.current = new AbortController();
    const { signal } = stop.current;
    const answer = await api.csv(question, signal).catch(() => undefined);
    // Gone with the page that asked for it, for example at a sign-out.
    if (answer === undefined || signal.aborted) return;
    if (answer.ok) save(withMark(answer.value));
    setState(answer.ok ? "ready" : answer.failure);
  };
  return (
    <div class="csv">
      <button
        type="button"
        id="download"
        class="secondary"
        aria-disabled={state === "asking"}
        onClick={() => void download()}
      >
        <svg class="glyph" viewBox="0 0 16 16" aria-hidden="true">
          <path d="M8 2v8m0 0 3-3m-3 3L5 7M3 13h10" />
        </svg>
        {state === "asking" ? "Preparing the file …" : "Download CSV"}
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
  if (failure.kind === "session") return "Your session has ended. Select Refresh to sign in again.";
  const { title, text } = wordsFor(failure);
  return `No file was saved. ${title}. ${text}`;
}

/** Without a byte order mark, Excel reads UTF-8 as its own code page and shows `GÃ¤rtnerei`. */
function withMark({ name, content }: Download): Download {
  return { name, content: new Blob(["\ufeff", content], { type: content.type }) };
}

function save({ name, content }: Download): void {
  const url = URL.createObjectURL(content);
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  // The browser has read the file by then. Until the address is revoked, the file stays in memory.
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
