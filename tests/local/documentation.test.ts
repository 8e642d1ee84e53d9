import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { publishedDocument } from "../published-contract.ts";
import { LAKE } from "./fixture.ts";
import { stackOver, type TestStack } from "./test-stack.ts";

const ROOT = join(import.meta.dirname, "../..");

let stack: TestStack;
beforeAll(async () => {
  stack = await stackOver(LAKE);
});
afterAll(async () => {
  await stack[Symbol.asyncDispose]();
});

const FILES = [
  "/openapi.json",
  "/llms.txt",
  "/docs/guide.md",
  "/docs/changelog.md",
  "/docs",
  "/docs/page.css",
  "/docs/page.js",
  "/docs/redoc.js",
  "/docs/third-party-notices.txt",
];

/** Without a token. */
const get = (path: string, headers: Record<string, string> = {}, method = "GET") =>
  fetch(stack.url + path, { headers, method });

describe("the documentation", () => {
  test("is public, with and without a token", async () => {
    for (const path of FILES) expect((await get(path)).status).toBe(200);
    const headers = { authorization: "Bearer none" };
    expect((await get("/openapi.json", headers)).status).toBe(200);
  });

  test("has the published contract", async () => {
    const response = await get("/openapi.json");
    expect(response.headers.get("content-type")).toBe("application/json");
    expect(await response.json()).toEqual(publishedDocument());
  });

  test("has the guide and the changes of the contract as Markdown", async () => {
    for (const [path, file] of [
      ["/docs/guide.md", "docs/guide.md"],
      ["/docs/changelog.md", "CHANGELOG.md"],
    ] as const) {
      const response = await get(path);
      expect(response.headers.get("content-type")).toBe("text/markdown; charset=utf-8");
      expect(await response.text()).toBe(await readFile(join(ROOT, file), "utf8"));
    }
  });

  test("has an overview for assistants, with working links", async () => {
    const response = await get("/llms.txt");
    expect(response.headers.get("content-type")).toBe("text/plain; charset=utf-8");
    const text = await response.text();
    expect(text).toMatch(/^# /);
    const links = [...text.matchAll(/\]\((\/[^)]+)\)/g)].map(([, path = ""]) => path);
    expect(links.toSorted()).toEqual(["/docs", "/docs/changelog.md", "/docs/guide.md", "/openapi.json"]);
    for (const path of links) expect((await get(path)).status, path).toBe(200);
  });

  test("is a page that loads only its own files", async () => {
    const response = await get("/docs");
    expect(response.headers.get("content-type")).toBe("text/html; charset=utf-8");
    const page = await response.text();
    const loaded = [...page.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, address = ""]) => address);
    expect(loaded.filter((address) => address.startsWith("/")).toSorted()).toEqual(
      FILES.filter((path) => path !== "/docs").toSorted(),
    );
    expect(page).not.toMatch(/https?:\/\/|<style|<script>|\son[a-z]+=/);

    const policy = response.headers.get("content-security-policy") ?? "";
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("script-src 'self';");
    expect(policy).not.toMatch(/unsafe|https?:|\*/);
    expect(response.headers.get("x-content-type-options")).toBe("nosniff");
  });

  test("has no image of its renderer's maker", async () => {
    expect(await (await get("/docs/redoc.js")).text()).not.toContain("cdn.redoc.ly");
  });

  test("may be cached for a while, and revalidated by its tag", async () => {
    for (const path of FILES) {
      const response = await get(path, { "accept-encoding": "identity" });
      expect(response.headers.get("cache-control")).toBe("public, max-age=300");
      const etag = response.headers.get("etag") ?? "";
      const again = await get(path, { "accept-encoding": "identity", "if-none-match": etag });
      expect([again.status, await again.text()]).toEqual([304, ""]);
    }
  });

  test("is gzipped for callers that accept it, with the same bytes each time", async () => {
    const gzipped = await get("/docs/redoc.js", { "accept-encoding": "gzip" });
    expect(gzipped.headers.get("content-encoding")).toBe("gzip");
    const plain = await get("/docs/redoc.js", { "accept-encoding": "identity" });
    expect(plain.headers.get("content-encoding")).toBeNull();
    const first = await gzipped.text();
    expect(first).toBe(await plain.text());
    expect(await (await get("/docs/redoc.js", { "accept-encoding": "gzip" })).text()).toBe(first);
    expect(gzipped.headers.get("etag")).not.toBe(plain.headers.get("etag"));
  });

  test.each(["/docs/none.js", "/docs/__proto__", "/docs/..%2fpage.js", "/docs/toString"])(
    "has nothing at %s, and says where it is",
    async (path) => {
      const response = await get(path);
      expect(response.status).toBe(404);
      expect(await response.json()).toMatchObject({
        type: "/problems/not_found",
        detail: "The documentation is at /docs, the contract at /openapi.json.",
      });
    },
  );

  test("accepts only GET and HEAD", async () => {
    for (const method of ["POST", "PUT", "DELETE"]) {
      const response = await get("/docs", {}, method);
      expect([response.status, response.headers.get("allow")]).toEqual([405, "GET, HEAD"]);
    }
  });
});
