import { setTimeout as sleep } from "node:timers/promises";
import type { ReportOptions } from "./options.ts";
import type { Progress } from "./progress.ts";
import { refusalOf } from "./refusal.ts";
import { requestFor } from "./request.ts";
import { type Answer, send } from "./send.ts";

/** Waits between tries, in milliseconds, where the service names none. */
const FIRST_WAIT_MS = 2_000;

/**
 * Asks the service for the report. While it is busy (429, 503) it is asked again after its `retry-after`, or after
 * 2, 4, 8 … s, as long as the waits fit into the caller's patience.
 *
 * @returns an answer of status 200
 * @throws ReportFailure which says why there is none
 */
export async function ask(options: ReportOptions, progress: Progress, silenceLimit: number): Promise<Answer> {
  const request = requestFor(options);
  let patience = options.patience;
  for (let ownWait = FIRST_WAIT_MS; ; ownWait *= 2) {
    progress.doing("waiting for the report");
    const answer = await send(request, {
      silenceLimit,
      received: (bytes) => progress.doing(`reading the report, ${(bytes / 1e6).toFixed(1)} MB so far`),
    });
    if (answer.status === 200) return answer;
    const wait = retryAfter(answer) ?? ownWait;
    if ((answer.status !== 429 && answer.status !== 503) || wait > patience) {
      throw refusalOf(answer, options.service);
    }
    patience -= wait;
    progress.note(`The service is busy (${answer.status}): asking again in ${wait / 1_000} s.`);
    progress.doing("waiting to ask again");
    await sleep(wait);
  }
}

/** In milliseconds, a second at the least; undefined where it is not there, or a date. */
function retryAfter({ headers }: Answer): number | undefined {
  const text = headers["retry-after"];
  return text !== undefined && /^[0-9]{1,6}$/.test(text) ? Math.max(1, Number(text)) * 1_000 : undefined;
}
