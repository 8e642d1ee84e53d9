/**
 * Validates every answer of a local gateway, in all tests, with the published contract. Vitest runs this file before
 * each test file. An answer outside the contract fails the request.
 */
import type { Judge } from "./published-contract.ts";

const send = globalThis.fetch;
/** Loaded at the first answer: most test files have none. */
let judged: Promise<Judge> | undefined;

globalThis.fetch = async (input, init) => {
  const response = await send(input, init);
  const { pathname } = new URL(input instanceof Request ? input.url : input);
  if (!response.headers.has("apigw-requestid") || !pathname.startsWith("/v1/")) return response;
  const method = init?.method ?? (input instanceof Request ? input.method : "GET");
  const { status, headers } = response;
  judged ??= import("./published-contract.ts").then(({ judge }) => judge());
  const faults = (await judged)({
    method,
    path: pathname,
    status,
    headers,
    body: await response.clone().text(),
  });
  if (faults.length === 0) return response;
  throw new Error(`${method} ${pathname} is outside the published contract: ${faults.join("; ")}`);
};
