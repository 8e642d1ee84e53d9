import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerOptions, type ServerResponse } from "node:http";

export interface LocalServer {
  /** `http://127.0.0.1:<port>` */
  readonly url: string;
  readonly port: number;
  /** Stops listening and ends every connection. */
  close(): Promise<void>;
}

/** The names of this machine, with or without a port. */
const OWN_HOST = /^(127\.0\.0\.1|localhost|\[::1\])(:\d+)?$/i;

/**
 * Serves HTTP only on 127.0.0.1, and only under this machine's own names. Any other `Host` gets a 421: a web page
 * whose own name resolves to 127.0.0.1 (DNS rebinding) must not read the lake.
 *
 * @param port 0 for a free one
 * @throws Error with code EADDRINUSE if the port is taken
 */
export async function listen(
  port: number,
  answer: (request: IncomingMessage, response: ServerResponse) => Promise<void>,
  options: ServerOptions = {},
): Promise<LocalServer> {
  const server = createServer(options, (request, response) => {
    if (!OWN_HOST.test(request.headers.host ?? "")) {
      const headers = { "content-type": "text/plain", connection: "close" };
      response.writeHead(421, headers).end("Use http://127.0.0.1 or http://localhost as the address.\n");
      return;
    }
    // A broken connection concerns only its client.
    answer(request, response).catch(() => response.destroy());
  });
  // Longer than an SDK keeps an idle connection, so that the server does not close one during a request.
  server.keepAliveTimeout = 65_000;
  server.listen(port, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new TypeError("not listening on a port");
  return {
    url: `http://127.0.0.1:${address.port}`,
    port: address.port,
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}
