import { type LocalServer, listen } from "../../local/listen.ts";
import { requestHost } from "./http.ts";

/**
 * Forwards each request on 127.0.0.1 to a host of MiniStack, like a browser over HTTPS: what a person reaches under
 * CloudFront's name.
 */
export function viewerOf(port: number, host: string): Promise<LocalServer> {
  return listen(0, async (request, response) => {
    const { url = "/", method = "GET" } = request;
    const received = Object.entries(request.headers).map(([name, value]) => [name, String(value)]);
    const headers = { ...Object.fromEntries(received), "x-forwarded-proto": "https" };
    const { connection: _, ...own } = headers;
    const answer = await requestHost(port, host, url, { method, headers: own });
    const { "content-length": __, "transfer-encoding": ___, connection: ____, ...others } = answer.headers;
    response.writeHead(answer.status, others).end(answer.bytes);
  });
}
