import { once } from "node:events";
import { createServer } from "node:net";

/** Returns the port, or for 0 one that the system picks. @throws Error with code EADDRINUSE */
export async function freePort(wanted: number): Promise<number> {
  const probe = createServer().listen(wanted, "127.0.0.1");
  await once(probe, "listening");
  const address = probe.address();
  probe.close();
  await once(probe, "close");
  return typeof address === "object" && address !== null ? address.port : wanted;
}
