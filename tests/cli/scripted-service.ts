/** A scripted service, for behaviour that the real one cannot be made to show. */
import type { IncomingMessage, ServerResponse } from "node:http";
import { type LocalServer, listen } from "../../local/listen.ts";

export interface ScriptedService extends AsyncDisposable {
  readonly url: string;
  /** Each request so far, as `GET /path`. */
  readonly asked: readonly string[];
}

export type Step = (response: ServerResponse, request: IncomingMessage) => void | Promise<void>;

/** Answers each request with the next step; the last one stays. */
export async function scriptedService(...steps: readonly Step[]): Promise<ScriptedService> {
  const asked: string[] = [];
  const server: LocalServer = await listen(0, async (request, response) => {
    const step = steps[Math.min(asked.length, steps.length - 1)];
    asked.push(`${request.method} ${request.url}`);
    await step?.(response, request);
  });
  return { url: server.url, asked, [Symbol.asyncDispose]: () => server.close() };
}

/** An answer with its length. */
export function answers(
  status: number,
  body: string | Buffer,
  headers: Readonly<Record<string, string>> = {},
): Step {
  return (response) => {
    response.writeHead(status, { "content-length": Buffer.byteLength(body), ...headers }).end(body);
  };
}
