import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { GetObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { portalFiles } from "../../infra/portal-files.ts";
import { uploadPortal } from "../../infra/portal-upload.ts";
import { faults } from "../../local/faults.ts";
import { portalSite } from "../../local/gateway/portal.ts";
import { startGateway } from "../../local/gateway/server.ts";
import type { LocalServer } from "../../local/listen.ts";
import { startS3 } from "../../local/s3/server.ts";

const BUILT = join(import.meta.dirname, "..", "..", "dist", "portal");
const CONFIG = { issuer: "http://127.0.0.1:1", client_id: "portal", scope: "openid", parameters: {} };

/** Gzipped bytes of everything that a browser loads. */
const MOST = 60_000;

let folder: string;
let s3: Awaited<ReturnType<typeof startS3>>;
let gateway: LocalServer;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "portal-"));
  s3 = await startS3({ directory: folder, port: 0, faults: faults() });
  await s3.makeBucket("page");
  gateway = await startGateway(0, [], portalSite(BUILT, CONFIG.issuer));
});
afterAll(async () => {
  await gateway.close();
  await s3.close();
  await rm(folder, { recursive: true });
});

describe("the page's files", () => {
  test("are smaller than 60 KB in total, gzipped", () => {
    const sizes = portalFiles(BUILT, CONFIG).map(({ content }) => gzipSync(content).byteLength);
    expect(sizes.length).toBeGreaterThan(4);
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(MOST);
  });

  test("refer to no other host, and have no inline script or style", () => {
    const textOf = (extension: string) =>
      portalFiles(BUILT, CONFIG)
        .filter(({ path }) => path.endsWith(extension))
        .map(({ content }) => Buffer.from(content).toString())
        .join("\n");
    expect(textOf(".html")).toMatch(/<script type="module" src="\/portal\/assets\/main-\w+\.js">/);
    expect(textOf(".html")).not.toMatch(/<script(?![^>]*\bsrc=)|<style|style=|\son\w+=/);
    expect(textOf(".html") + textOf(".css")).not.toMatch(/https?:|@import/);
  });

  test("are uploaded with the type and caching of the local stack, files that refer to others last", async () => {
    const credentials = { accessKeyId: "local", secretAccessKey: "local" };
    const client = new S3Client({
      endpoint: s3.url,
      region: "eu-central-1",
      forcePathStyle: true,
      credentials,
    });
    const files = portalFiles(BUILT, CONFIG);
    await uploadPortal(client, "page", files);
    expect(files.findIndex(({ path }) => path === "index.html")).toBeGreaterThan(
      files.findLastIndex(({ path }) => path.startsWith("assets/")),
    );
    for (const { path, content } of files) {
      const stored = await client.send(new GetObjectCommand({ Bucket: "page", Key: `portal/${path}` }));
      expect(await stored.Body?.transformToByteArray()).toEqual(new Uint8Array(content));
      const served = await fetch(`${gateway.url}/portal/${path}`);
      expect(new Uint8Array(await served.arrayBuffer())).toEqual(new Uint8Array(content));
      expect(served.headers.get("cache-control")).toBe(
        path.startsWith("assets/")
          ? "public, max-age=31536000, immutable"
          : path === "index.html"
            ? "no-store"
            : "no-cache",
      );
    }
    client.destroy();
  });

  test.each([
    ["/portal", 200],
    ["/portal/", 200],
    ["/portal/?month=2026-04", 200],
    ["/portal/..%2fpackage.json", 404],
    ["/portal/nothing.js", 404],
  ])("answer %s with %i, always with the page's headers", async (path, status) => {
    const response = await fetch(`${gateway.url}${path}`, { redirect: "manual" });
    expect(response.status).toBe(status);
    expect(response.headers.get("content-security-policy")).toContain(
      "default-src 'none'; script-src 'self'",
    );
  });
});
