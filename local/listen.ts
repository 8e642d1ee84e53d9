import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerOptions, type ServerResponse } from "node:http";

export interface LocalServer {
  /** `http://127.0.0.1:<port>` */
  readonly url: string;
  readonly port: number;
  /** Stops listening and ends every connection. */
  close(): Promise<void>;
}

/**
 * Serves HTTP on 127.0.0.1 alone.
 *
 * @param port 0 for a free one
 * @throws Error with code EADDRINUSE when the port is taken
 */
export async function listen(
  port: number,
  answer: (request: IncomingMessage, response: ServerResponse) => Promise<void>,
  options: ServerOptions = {},
): Promise<LocalServer> {
  const server = createServer(options, (request, response) => {
    // A connection that breaks meanwhile is its client's affair.
    answer(request, response).catch(() => response.destroy());
  });
  // Longer than an SDK keeps an idle connection, so that it is not the server that closes one under a request.
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
