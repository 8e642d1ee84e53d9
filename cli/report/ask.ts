import { setTimeout as sleep } from "node:timers/promises";
import type { Progress } from "./progress.ts";
import { refusalOf, retryAfter } from "./refusal.ts";
import type { ReportRequest } from "./request.ts";
import { type Answer, send } from "./send.ts";

/** The first wait in seconds, if the service names none; each further one is twice as long. */
const FIRST_WAIT = 2;

/** The maximum random addition to a wait, in seconds, so that programs that were refused together do not return together. */
const LONGEST_JITTER = 5;

export interface AskOptions {
  /** The requested document, as progress names it: "the report". */
  readonly what: string;
  /** The total time to wait while the service is busy, in seconds. */
  readonly patience: number;
  /** Milliseconds for which the connection may be silent. */
  readonly silenceLimit: number;
}

/**
 * Sends the request. While the service is busy (429, 503), repeats the request after its `retry-after`, or after 2, 4,
 * 8 … s, as long as the waits fit into the caller's patience.
 *
 * @returns an answer of status 200
 * @throws ReportFailure that says why there is no such answer
 */
export async function ask(
  request: ReportRequest,
  { what, silenceLimit, ...options }: AskOptions,
  progress: Progress,
): Promise<Answer> {
  let { patience } = options;
  for (let ownWait = FIRST_WAIT; ; ownWait *= 2) {
    progress.doing(`waiting for ${what}`);
    const answer = await send(request, {
      silenceLimit,
      received: (bytes) => progress.doing(`reading ${what}, ${(bytes / 1e6).toFixed(1)} MB so far`),
    });
    if (answer.status === 200) return answer;
    const wait = retryAfter(answer.headers) ?? ownWait;
    if ((answer.status !== 429 && answer.status !== 503) || wait > patience) {
      throw refusalOf(answer, request.url);
    }
    patience -= wait;
    progress.note(`The service is busy (${answer.status}). Asking again in ${wait} s.`);
    progress.doing("waiting to ask again");
    await sleep((wait + Math.random() * Math.min(wait, LONGEST_JITTER)) * 1_000);
  }
}
