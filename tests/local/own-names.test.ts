import { request } from "node:http";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { LAKE } from "./fixture.ts";
import { stackOver, type TestStack } from "./test-stack.ts";

let stack: TestStack;
beforeAll(async () => {
  stack = await stackOver(LAKE);
});
afterAll(async () => {
  await stack[Symbol.asyncDispose]();
});

const SERVICES = {
  gateway: () => `${stack.url}/docs`,
  page: () => `${stack.url}/portal/`,
  issuer: () => `${stack.issuer}/.well-known/openid-configuration`,
  athena: () => stack.athena,
  s3: () => `${stack.s3}/results?list-type=2`,
};

/** The status of a GET of this address under another host name. */
function statusUnder(url: string, host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const sent = request(url, { headers: { host } }, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
    sent.on("error", reject).end();
  });
}

describe.for(Object.entries(SERVICES))("the local %s", ([, url]) => {
  test.for([
    "evil.example",
    "evil.example:8787",
    "127.0.0.1.evil.example",
    "localhost.evil.example",
    "10.0.0.1",
  ])("answers 421 to the name %j", async (host) => {
    expect(await statusUnder(url(), host)).toBe(421);
  });

  test.for(["127.0.0.1", "localhost", "LOCALHOST:8787", "[::1]:1"])(
    "answers to the name %j",
    async (host) => {
      expect(await statusUnder(url(), host)).not.toBe(421);
    },
  );
});
