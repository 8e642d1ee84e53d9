import { setTimeout as sleep } from "node:timers/promises";
import type { ReportOptions } from "./options.ts";
import type { Progress } from "./progress.ts";
import { refusalOf, retryAfter } from "./refusal.ts";
import { requestFor } from "./request.ts";
import { type Answer, send } from "./send.ts";

/** The first wait in seconds, if the service names none; each further one is twice as long. */
const FIRST_WAIT = 2;

/**
 * Requests the report. While the service is busy (429, 503), repeats the request after its `retry-after`, or after 2,
 * 4, 8 … s, as long as the waits fit into the caller's patience.
 *
 * @returns an answer of status 200
 * @throws ReportFailure that says why there is no report
 */
export async function ask(options: ReportOptions, progress: Progress, silenceLimit: number): Promise<Answer> {
  const request = requestFor(options);
  let patience = options.patience;
  for (let ownWait = FIRST_WAIT; ; ownWait *= 2) {
    progress.doing("waiting for the report");
    const answer = await send(request, {
      silenceLimit,
      received: (bytes) => progress.doing(`reading the report, ${(bytes / 1e6).toFixed(1)} MB so far`),
    });
    if (answer.status === 200) return answer;
    const wait = retryAfter(answer.headers) ?? ownWait;
    if ((answer.status !== 429 && answer.status !== 503) || wait > patience) {
      throw refusalOf(answer, request.url);
    }
    patience -= wait;
    progress.note(`The service is busy (${answer.status}). Asking again in ${wait} s.`);
    progress.doing("waiting to ask again");
    await sleep(wait * 1_000);
  }
}
