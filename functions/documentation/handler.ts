import middy from "@middy/core";
import { ServiceError } from "../../lib/errors.ts";
import { withEntityTag } from "../../lib/http/entity-tag.ts";
import { type HttpRequest, requireMethod } from "../../lib/http/http-request.ts";
import { acceptsGzip } from "../../lib/http/negotiation.ts";
import { okResponse, type Response } from "../../lib/http/response.ts";
import { httpShell } from "../../lib/http/shell.ts";
import type { WriteLine } from "../../lib/log.ts";

export interface DocumentationFile {
  readonly contentType: string;
  readonly text: string;
}

export interface Dependencies {
  /** By path. */
  readonly files: Readonly<Record<string, DocumentationFile>>;
  /** The present instant, milliseconds since 1970. */
  readonly now: () => number;
  readonly write: WriteLine;
}

/**
 * Lets a page load files from this origin only. The renderer inserts style elements, which are allowed by the hash of
 * their content: one holds the rules of its scrollbars. The others are empty in the HTML and filled through the
 * CSSOM.
 * https://www.w3.org/TR/CSP3/#directive-style-src
 */
const EMPTY = "'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='";
const SCROLLBARS = "'sha256-QMIg+bpjm3JdElJ388KYke01izlUW0UoNOeKjpMxdgc='";
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  `style-src 'self' ${EMPTY} ${SCROLLBARS}`,
  "img-src data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");

const HEADERS = {
  "cache-control": "public, max-age=300",
  vary: "accept-encoding",
  "content-security-policy": CONTENT_SECURITY_POLICY,
  "referrer-policy": "no-referrer",
};

/** Serves `GET /openapi.json`, `GET /docs` and the files of that page, for everyone. */
export function documentation({ files, now, write }: Dependencies) {
  /** Rendered once, plain and gzipped. */
  const rendered = new Map<string, Promise<Response>>();

  return middy<HttpRequest, Response>({ timeoutEarlyInMillis: 0 })
    .use(httpShell({ now, write }))
    .before(({ event }) => requireMethod(event, ["GET"]))
    .handler(async ({ rawPath = "", headers, requestContext, record }: HttpRequest): Promise<Response> => {
      const response = await render(rawPath, acceptsGzip(headers["accept-encoding"]));
      record.end("respond");
      const own = { ...response.headers, "x-request-id": requestContext.requestId };
      return withEntityTag({ ...response, headers: own }, headers["if-none-match"], rawPath);
    });

  function render(path: string, gzip: boolean): Promise<Response> {
    const file = Object.hasOwn(files, path) ? files[path] : undefined;
    if (file === undefined) {
      throw new ServiceError("not_found", "The documentation is at /docs, the contract at /openapi.json.");
    }
    const key = `${gzip} ${path}`;
    const response =
      rendered.get(key) ?? okResponse([file.text], { "content-type": file.contentType, ...HEADERS }, gzip);
    rendered.set(key, response);
    return response;
  }
}
