import { readdirSync, readFileSync } from "node:fs";
import { extname, join } from "node:path";

/** A file of the built page, as it is served. */
export interface PortalFile {
  /** Under `/portal/`, such as `index.html` or `assets/main-5XQ2.js`. */
  readonly path: string;
  readonly content: Uint8Array;
  readonly contentType: string;
  readonly cacheControl: string;
}

/** What the page must know about its deployment: `config.json` beside it. */
export interface PortalConfig {
  /** The OpenID provider, exactly as in the `iss` of its tokens. */
  readonly issuer: string;
  readonly client_id: string;
  /** The scopes to request, including `openid`. */
  readonly scope: string;
  /** Further parameters of the authorization request, such as `audience`. */
  readonly parameters: Readonly<Record<string, string>>;
}

const CONTENT_TYPES: Readonly<Record<string, string>> = {
  ".css": "text/css; charset=utf-8",
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".json": "application/json",
  ".svg": "image/svg+xml",
  ".txt": "text/plain; charset=utf-8",
};

function cacheControlOf(path: string): string {
  // The name of an asset contains the hash of its content.
  if (path.startsWith("assets/")) return "public, max-age=31536000, immutable";
  // A browser does not put a no-store page into its back-forward cache. Otherwise Back would show figures after a
  // sign-out.
  return path.endsWith(".html") ? "no-store" : "no-cache";
}

/**
 * Lists all files of the page. Files that refer to others come last, so that an upload in this order never shows an
 * incomplete page.
 */
export function portalFiles(folder: string, config: PortalConfig): PortalFile[] {
  const built = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name))
    .map((file) => ({
      path: file.slice(folder.length + 1).replaceAll("\\", "/"),
      content: readFileSync(file),
    }));
  const configuration = { path: "config.json", content: Buffer.from(JSON.stringify(config)) };
  return [...built, configuration]
    .map(({ path, content }) => ({
      path,
      content,
      contentType: CONTENT_TYPES[extname(path)] ?? "application/octet-stream",
      cacheControl: cacheControlOf(path),
    }))
    .sort((a, b) => Number(!a.path.startsWith("assets/")) - Number(!b.path.startsWith("assets/")));
}
