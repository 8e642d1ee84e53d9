import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import type { ServiceError } from "../../../lib/errors.ts";
import { rejectionOf } from "../valid.ts";
import { type Fate, type UnreliableS3, unreliableS3 } from "./unreliable-s3.ts";

const TRIES = 8;
const SLOW_DOWN = { status: 503, code: "SlowDown" };
const INTERNAL = { status: 500, code: "InternalError" };
const CONFLICT = { status: 409, code: "ConditionalRequestConflict" };
const DENIED = { status: 403, code: "AccessDenied" };

let s3: UnreliableS3;
beforeAll(async () => {
  s3 = await unreliableS3();
  // The jitter of the waits between attempts: no wait.
  vi.spyOn(Math, "random").mockReturnValue(0);
});
afterAll(() => {
  vi.restoreAllMocks();
  return s3[Symbol.asyncDispose]();
});

let key: string;
let tests = 0;
beforeEach(() => {
  s3.faults.set([]);
  tests += 1;
  key = `minutes-by-organization/period=2026-04/revision=${tests}/manifest.json`;
});

/** The result of the call, and the requests that it made. */
async function requestsOf<T>(call: () => Promise<T>): Promise<{ outcome: T; requests: readonly string[] }> {
  const before = s3.seen.length;
  const outcome = await call();
  return { outcome, requests: s3.seen.slice(before) };
}

function create(text = "{}") {
  return requestsOf(() => s3.store.create(key, Buffer.from(text)));
}

async function stored(of = key): Promise<string | undefined> {
  const bytes = await s3.store.get(of);
  return bytes && Buffer.from(bytes).toString();
}

/** The failure of a call that S3 answers like this at every attempt. */
async function failureWith(fate: Fate, call: () => Promise<unknown>) {
  s3.befall(fate, ...Array.from({ length: TRIES - 1 }, () => fate));
  const { outcome, requests } = await requestsOf(() => rejectionOf(call()));
  return { error: outcome, requests };
}

function isTold(error: ServiceError): void {
  expect([error.code, error.headers]).toEqual(["engine_unavailable", { "retry-after": "5" }]);
  expect(error.message).toBe("The snapshots cannot be reached now. Try again in 5 seconds.");
}

describe("an object that is created", () => {
  test("exists byte for byte, and does not change when it is created again", async () => {
    expect(await create("é\u0000\r\n")).toEqual({ outcome: "created", requests: ["PUT 200"] });
    expect(await create("other")).toEqual({ outcome: "exists", requests: ["PUT 412"] });
    expect(await stored()).toBe("é\u0000\r\n");
  });

  test("by many at once has one writer; the others learn that it exists", async () => {
    const writers = Array.from({ length: 20 }, (_, index) => `writer ${index} `.repeat(2_000));
    const outcomes = await Promise.all(writers.map((text) => s3.store.create(key, Buffer.from(text))));
    expect(outcomes.filter((outcome) => outcome === "created")).toHaveLength(1);
    expect(await stored()).toBe(writers[outcomes.indexOf("created")]);
  });

  test("is found to exist by the retry if the answer was lost; its writer is not known", async () => {
    s3.befall("lose the answer");
    expect(await create("mine")).toEqual({ outcome: "exists", requests: ["PUT", "PUT 412"] });
    expect(await stored()).toBe("mine");
  });

  test("is created by the retry if the request was lost", async () => {
    s3.befall("lose the request", "lose the request");
    expect(await create("mine")).toEqual({ outcome: "created", requests: ["PUT", "PUT", "PUT 200"] });
  });

  test("is retried after a 409, which another write in progress causes", async () => {
    s3.befall(CONFLICT, CONFLICT);
    expect(await create()).toEqual({ outcome: "created", requests: ["PUT 409", "PUT 409", "PUT 200"] });
  });

  test("exists with the other write's bytes if that write then succeeded", async () => {
    await s3.put([key], "theirs");
    s3.befall(CONFLICT);
    expect(await create("mine")).toEqual({ outcome: "exists", requests: ["PUT 409", "PUT 412"] });
    expect(await stored()).toBe("theirs");
  });

  test.each([
    [500, INTERNAL],
    [503, SLOW_DOWN],
    [429, { status: 429, code: "TooManyRequests" }],
  ])("is retried after a %d", async (status, fate) => {
    s3.befall(fate, fate);
    expect(await create()).toEqual({
      outcome: "created",
      requests: [`PUT ${status}`, `PUT ${status}`, "PUT 200"],
    });
  });
});

describe("an object that is read", () => {
  test("is undefined if it is missing, after one request", async () => {
    expect(await requestsOf(() => s3.store.get(key))).toEqual({ outcome: undefined, requests: ["GET 404"] });
  });

  test.each<[string, Fate[]]>([
    ["500", [INTERNAL]],
    ["503, twice", [SLOW_DOWN, SLOW_DOWN]],
    ["connection that is lost", ["lose the request", "lose the answer"]],
  ])("is requested again after a %s", async (_, fates) => {
    await s3.put([key], "whole");
    s3.befall(...fates);
    const { outcome, requests } = await requestsOf(() => stored());
    expect(outcome).toBe("whole");
    expect(requests).toHaveLength(fates.length + 1);
  });

  test("is requested again if its bytes break off: it is complete or an error", async () => {
    const text = "0123456789".repeat(5_000);
    await s3.put([key], text);
    s3.faults.set([{ on: "GetObject", times: 2, effect: { kind: "cut", bytes: 100 } }]);
    const { outcome, requests } = await requestsOf(() => stored());
    expect(outcome).toBe(text);
    expect(requests).toEqual(["GET 200", "GET 200", "GET 200"]);
    expect(s3.faults.calls()["GetObject"]).toBe(3);
  });
});

describe("a listing", () => {
  test("is the next segments below a prefix, each once, in order", async () => {
    await s3.put(["months/b/1/x", "months/a/1/x", "months/a/2/x", "months/stray", "monthsab/c/x"], "{}");
    expect(await s3.store.list("months/")).toEqual(["a/", "b/"]);
    expect(await s3.store.list("months/a/")).toEqual(["1/", "2/"]);
    expect(await s3.store.list("nothing/")).toEqual([]);
  });

  test("of more than 1,000 segments is complete, even if one of its pages fails", async () => {
    const segments = Array.from({ length: 2_001 }, (_, index) => `${String(index).padStart(5, "0")}/`);
    await s3.put(
      segments.map((segment) => `many/${segment}x`),
      "",
    );
    s3.befall("pass", SLOW_DOWN);
    const { outcome, requests } = await requestsOf(() => s3.store.list("many/"));
    expect(outcome).toEqual(segments);
    expect(requests).toEqual(["GET 200", "GET 503", "GET 200", "GET 200"]);
  });
});

describe("a permanent failure", () => {
  const calls: [string, () => Promise<unknown>][] = [
    ["create", () => s3.store.create(key, Buffer.from("{}"))],
    ["get", () => s3.store.get(key)],
    ["list", () => s3.store.list("months/")],
  ];

  test.each(calls)("of a %s is a 503 after eight attempts, which says when to come back", async (_, call) => {
    const { error, requests } = await failureWith(SLOW_DOWN, call);
    expect(requests).toHaveLength(TRIES);
    isTold(error);
  });

  test("is a 503 if the connection is always lost", async () => {
    const { error, requests } = await failureWith("lose the request", () => s3.store.get(key));
    expect(requests).toHaveLength(TRIES);
    isTold(error);
  });

  test("is a 503 for an endless conflict: neither write was decided", async () => {
    const { error, requests } = await failureWith(CONFLICT, () => s3.store.create(key, Buffer.from("{}")));
    expect(requests).toHaveLength(TRIES);
    isTold(error);
    expect(await stored()).toBeUndefined();
  });

  test.each(calls)(
    "is an internal error at once for a denied %s, and hides the reason from the caller",
    async (_, call) => {
      s3.befall(DENIED);
      const { outcome, requests } = await requestsOf(() => rejectionOf(call()));
      expect(requests).toHaveLength(1);
      expect(outcome.code).toBe("internal_error");
      expect(outcome.message).not.toMatch(/S3|AccessDenied|period=/);
      expect(outcome.cause).toMatchObject({ message: "S3 refused a call", cause: { name: "AccessDenied" } });
    },
  );

  test("of a missing bucket is not a missing object", async () => {
    s3.befall({ status: 404, code: "NoSuchBucket" });
    expect((await rejectionOf(s3.store.get(key))).code).toBe("internal_error");
  });

  test("of a read with 412 is an internal error", async () => {
    s3.befall({ status: 412, code: "PreconditionFailed" });
    expect((await rejectionOf(s3.store.get(key))).code).toBe("internal_error");
  });
});
