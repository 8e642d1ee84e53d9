import { type IncomingMessage, request } from "node:http";
import { buffer } from "node:stream/consumers";

/** A complete answer. */
export interface HttpAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly bytes: Buffer;
  /** The same as text. */
  readonly body: string;
}

export interface HttpRequest {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Sends a request to MiniStack with the name of one of its hosts, which `fetch` cannot do. */
export async function requestHost(
  port: number,
  host: string,
  path: string,
  { method = "GET", headers = {} }: HttpRequest = {},
): Promise<HttpAnswer> {
  const sent = request({ host: "127.0.0.1", port, path, method, headers: { ...headers, host } });
  const answered = new Promise<IncomingMessage>((resolve, reject) => {
    sent.once("error", reject);
    sent.once("response", resolve);
  });
  sent.end();
  const response = await answered;
  const received = Object.entries(response.headers).map(([name, value]) => [name, String(value)]);
  const bytes = await buffer(response);
  return {
    status: response.statusCode ?? 0,
    headers: Object.fromEntries(received),
    bytes,
    body: bytes.toString(),
  };
}
