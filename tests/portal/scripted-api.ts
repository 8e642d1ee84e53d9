/** An HTTP server with the API's paths, whose answers a test changes. The page's own client sends real requests. */
import { once } from "node:events";
import { createServer, type IncomingMessage } from "node:http";
import { vi } from "vitest";
import * as z from "zod";
import { type Api, connect } from "../../portal/api.ts";

/** An answer of the server. With an entity tag a request with that tag is a 304. */
export interface Scripted {
  readonly status?: number;
  readonly body?: unknown;
  readonly etag?: string;
}

export interface ScriptedApi extends AsyncDisposable {
  /** The answers by path. A path without one is a 404. */
  readonly answers: Map<string, Scripted>;
  /** The requests so far: path, token and sent entity tag. */
  readonly requests: { readonly path: string; readonly token: string; readonly known: string | undefined }[];
  /** The token that the client sends; undefined once it has expired. */
  token: string | undefined;
  readonly api: Api;
}

const address = z.object({ port: z.number() });

export async function scriptedApi(): Promise<ScriptedApi> {
  const answers: ScriptedApi["answers"] = new Map();
  const requests: ScriptedApi["requests"] = [];
  const server = createServer((request, response) => {
    const path = request.url ?? "";
    const known = request.headers["if-none-match"];
    requests.push({ path, token: tokenOf(request), known });
    const { status = 200, body = {}, etag } = answers.get(path) ?? { status: 404 };
    const headers = { "content-type": "application/json", ...(etag !== undefined && { etag }) };
    if (etag !== undefined && known === etag) response.writeHead(304, { etag }).end();
    else response.writeHead(status, headers).end(JSON.stringify(body));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const origin = `http://127.0.0.1:${address.parse(server.address()).port}`;
  // A page's paths are relative to its own address.
  const send = globalThis.fetch;
  vi.stubGlobal("fetch", (path: string, init: RequestInit) => send(`${origin}${path}`, init));
  const scripted: ScriptedApi = {
    answers,
    requests,
    token: "north",
    api: connect(() => scripted.token),
    [Symbol.asyncDispose]: async () => {
      vi.unstubAllGlobals();
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
  return scripted;
}

function tokenOf({ headers }: IncomingMessage): string {
  return (headers.authorization ?? "").replace("Bearer ", "");
}
