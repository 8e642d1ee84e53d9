import type { IncomingMessage, ServerResponse } from "node:http";
import { portalFiles } from "../../infra/portal-files.ts";
import { portalHeaders } from "../../infra/portal-headers.ts";
import type { Site } from "./server.ts";

/** The report page's client id at the local issuer. */
export const PORTAL_CLIENT = "portal";

/**
 * Serves the report page as CloudFront does from its bucket, with the same paths and headers.
 *
 * @param folder the built page, `dist/portal`
 * @param issuer the local issuer's address
 */
export function portalSite(folder: string, issuer: string): Site {
  const config = { issuer, client_id: PORTAL_CLIENT, scope: "openid", parameters: {} };
  const files = new Map(portalFiles(folder, config).map((file) => [`/portal/${file.path}`, file]));
  const headers = portalHeaders([issuer]);

  return (request: IncomingMessage, response: ServerResponse) => {
    const path = (request.url ?? "/").replace(/[?#].*$/s, "");
    if (path === "/") {
      response.writeHead(302, { location: "/portal/" }).end();
      return true;
    }
    if (path !== "/portal" && !path.startsWith("/portal/")) return false;
    const file = files.get(/^\/portal\/?$/.test(path) ? "/portal/index.html" : path);
    if (file === undefined) {
      response.writeHead(404, { ...headers, "content-type": "text/plain" }).end("Not Found");
    } else if (request.method !== "GET" && request.method !== "HEAD") {
      response.writeHead(405, { ...headers, allow: "GET, HEAD" }).end();
    } else {
      const { content, contentType, cacheControl } = file;
      const own = {
        "content-type": contentType,
        "cache-control": cacheControl,
        "content-length": content.length,
      };
      response.writeHead(200, { ...headers, ...own }).end(request.method === "GET" ? content : undefined);
    }
    return true;
  };
}
