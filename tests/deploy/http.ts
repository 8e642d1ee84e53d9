import { request } from "node:http";
import { buffer } from "node:stream/consumers";

/** An answer, whole. */
export interface HttpAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface HttpRequest {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Sends a request to MiniStack under the name of one of its hosts, which `fetch` cannot do. */
export async function requestHost(
  port: number,
  host: string,
  path: string,
  { method = "GET", headers = {} }: HttpRequest = {},
): Promise<HttpAnswer> {
  return new Promise((resolve, reject) => {
    const sent = request({ host: "127.0.0.1", port, path, method, headers: { ...headers, host } });
    sent.once("error", reject);
    sent.once("response", (response) => {
      const { statusCode = 0, headers: received } = response;
      const single = Object.entries(received).map(([name, value]) => [name, String(value)]);
      buffer(response).then(
        (body) => resolve({ status: statusCode, headers: Object.fromEntries(single), body: body.toString() }),
        reject,
      );
    });
    sent.end();
  });
}
