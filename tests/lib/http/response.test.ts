import { randomBytes } from "node:crypto";
import { gunzipSync } from "node:zlib";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { commonHeaders, okResponse, type Response } from "../../../lib/http/response.ts";
import { anyText } from "../arbitraries.ts";
import { rejectionOf } from "../valid.ts";
import { REQUEST_ID } from "./events.ts";

/** Bytes of JSON that a synchronous Lambda answer may have. */
const LIMIT = 6_291_556;
const HEADERS = { "content-type": "application/json", ...commonHeaders(REQUEST_ID) };

function measure(response: object): number {
  return Buffer.byteLength(JSON.stringify(response));
}

/** The bytes that are left for the body of a plain answer. */
const ROOM = LIMIT - measure({ statusCode: 200, headers: HEADERS, body: "" });

function bodyOf({ body, isBase64Encoded }: Response): string {
  return isBase64Encoded === true ? gunzipSync(Buffer.from(body, "base64")).toString() : body;
}

describe("an answer", () => {
  test("contains its pieces, joined, plain or gzipped", async () => {
    const pieces = fc.array(fc.oneof(anyText, fc.constantFrom("x".repeat(500), '{"a":'.repeat(20_000))), {
      maxLength: 8,
    });
    await fc.assert(
      fc.asyncProperty(pieces, fc.boolean(), async (texts, takesGzip) => {
        const response = await okResponse(texts, HEADERS, takesGzip);
        expect(response.statusCode).toBe(200);
        expect(bodyOf(response)).toBe(texts.join(""));
        expect(response.headers["content-encoding"]).toBe(
          response.isBase64Encoded === true ? "gzip" : undefined,
        );
        expect(response.headers).toMatchObject(HEADERS);
      }),
    );
  });

  test("is gzipped from 1,024 bytes on, if accepted", async () => {
    const gzipped = async (text: string, takesGzip: boolean) =>
      (await okResponse([text], HEADERS, takesGzip)).headers["content-encoding"] === "gzip";
    expect(await gzipped("x".repeat(1_023), true)).toBe(false);
    expect(await gzipped("x".repeat(1_024), true)).toBe(true);
    expect(await gzipped("é".repeat(512), true)).toBe(true);
    expect(await gzipped("x".repeat(100_000), false)).toBe(false);
  });

  test("is gzipped by its total size, however small its pieces are", async () => {
    const response = await okResponse(
      Array.from({ length: 2_000 }, () => "x"),
      HEADERS,
      true,
    );
    expect(response.headers["content-encoding"]).toBe("gzip");
  });

  test("does not change the given headers", async () => {
    const headers = { ...HEADERS };
    await okResponse(["x".repeat(2_000)], headers, true);
    expect(headers).toEqual(HEADERS);
  });

  test("is never cached, and varies by the headers that it is negotiated from", () => {
    expect(commonHeaders(REQUEST_ID)).toEqual({
      "cache-control": "private, no-store",
      vary: "accept, accept-encoding, authorization",
      "x-request-id": REQUEST_ID,
    });
  });
});

describe("the largest answer", () => {
  // As JSON writes the text: a quote takes 2 bytes, a control character 6, an astral character 4.
  test.each([
    ["letters", "x", 1],
    ["quotes", '"', 2],
    ["line ends", "\n", 2],
    ["control characters", "\u0001", 6],
    ["letters of two bytes", "é", 2],
    ["letters of three bytes", "語", 3],
    ["letters of four bytes", "😀", 4],
  ])("measures 6,291,556 bytes, including envelope and escapes, made of %s", async (_, letter, bytes) => {
    const fits = letter.repeat(Math.floor(ROOM / bytes)) + "x".repeat(ROOM % bytes);
    const response = await okResponse([fits], HEADERS, false);
    expect(measure(response)).toBe(LIMIT);
    expect((await rejectionOf(okResponse([fits, "x"], HEADERS, false))).code).toBe("result_too_large");
  });

  test("measures as many bytes gzipped, in base64", async () => {
    const noise = randomBytes(4_600_000).toString("base64");
    const { length } = JSON.stringify(await okResponse([noise], HEADERS, true));
    expect(length).toBeLessThan(LIMIT);
    // The body is unchanged; a header brings the total to the limit.
    const padded = (bytes: number) => ({ ...HEADERS, "x-padding": "x".repeat(bytes) });
    const room = LIMIT - length - measure({ "x-padding": "" }) + 1;
    const response = await okResponse([noise], padded(room), true);
    expect(measure(response)).toBe(LIMIT);
    expect(bodyOf(response) === noise).toBe(true);
    expect((await rejectionOf(okResponse([noise], padded(room + 1), true))).code).toBe("result_too_large");
  });

  test("contains far more if gzipped", async () => {
    const line =
      '{"agent_id":"7d1e7d1e-7d1e-4d1e-8d1e-000000000001","agent_name":"Front desk","voice_minutes":370.4},';
    const pieces = Array.from({ length: 170_000 }, () => line);
    expect((await rejectionOf(okResponse(pieces, HEADERS, false))).code).toBe("result_too_large");
    expect(bodyOf(await okResponse(pieces, HEADERS, true))).toHaveLength(170_000 * line.length);
  });
});

describe("an answer that is too large", () => {
  function* endless(piece: () => string, made: { count: number }) {
    for (;;) {
      made.count += 1;
      yield piece();
    }
  }

  test("is given up as soon as it is known to be too large", async () => {
    const plain = { count: 0 };
    await rejectionOf(
      okResponse(
        endless(() => "x".repeat(100_000), plain),
        HEADERS,
        false,
      ),
    );
    expect(plain.count).toBeLessThan(100);
    const gzipped = { count: 0 };
    await rejectionOf(
      okResponse(
        endless(() => randomBytes(75_000).toString("base64"), gzipped),
        HEADERS,
        true,
      ),
    );
    // Each piece is 75 kB in gzip, 100 kB of base64.
    expect(gzipped.count).toBeLessThan(75);
  });

  test("says to accept gzip or to split it, unless the caller has done so", async () => {
    const north = [{ reseller_id: "r-1", reseller_name: "North" }];
    const parts = { advice: "split it", resellers: () => north };
    const tooLong = okResponse(["x".repeat(LIMIT)], HEADERS, false, parts);
    const { message: plain, resellers } = await rejectionOf(tooLong);
    expect(plain).toContain("Accept gzip (accept-encoding: gzip), or split it.");
    expect(resellers).toEqual(north);
    const noise = endless(() => randomBytes(75_000).toString("base64"), { count: 0 });
    const { message: gzipped } = await rejectionOf(okResponse(noise, HEADERS, true, parts));
    expect(gzipped).not.toContain("gzip");
    expect(gzipped).toContain("Split it.");
  });
});
