import { Ajv2020 } from "ajv/dist/2020.js";
import addFormats from "ajv-formats";
import { decodeJwt } from "jose";
import * as z from "zod";
import { type Check, require } from "./check.ts";

export interface Service {
  /** The address of the page and the API, without a slash at its end. */
  readonly url: string;
  readonly token: string;
  /** A month with usage, `YYYY-MM`. */
  readonly month: string;
  /** An origin of `allowedOrigins`; undefined if CORS is off. */
  readonly origin: string | undefined;
}

interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: string;
}

const REPORT = "/v1/reports/minutes-by-organization";
const SNAPSHOTS = "/v1/billing/snapshots";
const TIMEOUT_MS = 35_000;

const contract = z.looseObject({
  openapi: z.string().startsWith("3."),
  paths: z.record(z.string(), z.unknown()),
});
const report = z.object({
  data: z.array(
    z.object({
      organization_id: z.string(),
      total_voice_minutes: z.number(),
      agents: z.array(z.object({ voice_minutes: z.number() })),
    }),
  ),
});
const problem = z.object({
  type: z.string(),
  request_id: z.string(),
  errors: z.array(z.object({ parameter: z.string() })),
});
const pageConfig = z.object({ issuer: z.string(), client_id: z.string().min(1) });

/** Checks the service's answers to a caller with a token. Changes nothing. */
export function httpChecks({ url, token, month, origin }: Service): readonly Check[] {
  const bearer = { authorization: `Bearer ${token}` };
  const days = `?start_date=${month}-01&end_date=${lastDayOf(month)}`;
  const get = (path: string, headers: Record<string, string> = {}) => send(url, path, { headers });
  const expectStatus = (answer: Answer, status: number) =>
    require(answer.status === status, `it answered ${answer.status}, expected ${status}`);

  return [
    {
      name: "a report without a token is refused with 401",
      run: async () => {
        expectStatus(await get(REPORT + days), 401);
        return undefined;
      },
    },
    {
      name: `the report of ${month} matches the contract`,
      run: async () => {
        const answer = await get(REPORT + days, bearer);
        expectStatus(answer, 200);
        const faults = faultsBy(JSON.parse((await get("/openapi.json")).body), JSON.parse(answer.body));
        require(faults === undefined, String(faults));
        return `${report.parse(JSON.parse(answer.body)).data.length} organizations`;
      },
    },
    {
      name: "the total of each organization is the sum of its agents",
      run: async () => {
        const { data } = report.parse(JSON.parse((await get(REPORT + days, bearer)).body));
        for (const { organization_id, total_voice_minutes, agents } of data) {
          const sum = agents.reduce((seconds, agent) => seconds + secondsOf(agent.voice_minutes), 0);
          const total = secondsOf(total_voice_minutes);
          require(sum === total, `${organization_id} has ${total} s, and its agents ${sum} s`);
        }
        const seconds = data.reduce((sum, each) => sum + secondsOf(each.total_voice_minutes), 0);
        return `${(seconds / 60).toFixed(2)} minutes in total`;
      },
    },
    {
      name: "an answer is private to the caller, and has its request id",
      run: async () => {
        const { headers } = await get(REPORT + days, bearer);
        requireHeader(headers, "cache-control", /^private, no-(store|cache)$/);
        requireHeader(headers, "x-request-id", /./);
        requireHeader(headers, "x-content-type-options", /^nosniff$/);
        return undefined;
      },
    },
    {
      name: "a day that does not exist is refused with 400, which names the parameter",
      run: async () => {
        const answer = await get(`${REPORT}?start_date=2026-02-30&end_date=2026-03-01`, bearer);
        expectStatus(answer, 400);
        const { errors, request_id } = problem.parse(JSON.parse(answer.body));
        require(errors.some(({ parameter }) => parameter === "start_date"), "no error names start_date");
        require(request_id === answer.headers.get("x-request-id"), "request_id and x-request-id differ");
        return undefined;
      },
    },
    {
      name: "the list of closed months is not sent again to a caller that already has it (304)",
      run: async () => {
        const first = await get(SNAPSHOTS, bearer);
        expectStatus(first, 200);
        requireHeader(first.headers, "etag", /^(W\/)?"/);
        const again = await get(SNAPSHOTS, { ...bearer, "if-none-match": first.headers.get("etag") ?? "" });
        expectStatus(again, 304);
        require(again.body === "", "the 304 has a body");
        return undefined;
      },
    },
    {
      name: "the documentation is public",
      run: async () => {
        const document = await get("/openapi.json");
        expectStatus(document, 200);
        const { paths } = contract.parse(JSON.parse(document.body));
        const guide = await get("/docs");
        expectStatus(guide, 200);
        requireHeader(guide.headers, "content-type", /^text\/html/);
        requireHeader(guide.headers, "content-security-policy", /default-src 'none'/);
        return `${Object.keys(paths).length} paths`;
      },
    },
    {
      name: "the page is public, has its headers, and signs in at the token's issuer",
      run: async () => {
        const index = await get("/portal/");
        expectStatus(index, 200);
        requireHeader(index.headers, "content-type", /^text\/html/);
        requireHeader(index.headers, "content-security-policy", /default-src 'none'.*frame-ancestors 'none'/);
        requireHeader(index.headers, "strict-transport-security", /max-age=\d+/);
        requireHeader(index.headers, "x-content-type-options", /^nosniff$/);
        const script = /src="(\/portal\/assets\/[^"]+\.js)"/.exec(index.body)?.[1];
        require(script !== undefined, "the page has no script");
        expectStatus(await get(script), 200);
        const config = pageConfig.parse(JSON.parse((await get("/portal/config.json")).body));
        const { iss } = decodeJwt(token);
        require(config.issuer === iss, `the page signs in at ${config.issuer}, but the token is from ${iss}`);
        return undefined;
      },
    },
    ...(origin === undefined ? [] : [corsCheck(url, origin)]),
  ];
}

function corsCheck(url: string, origin: string): Check {
  const preflight = (from: string) =>
    send(url, REPORT, {
      method: "OPTIONS",
      headers: {
        origin: from,
        "access-control-request-method": "GET",
        "access-control-request-headers": "authorization",
      },
    });
  return {
    name: `a page of ${origin} may call the API, and one of another origin may not`,
    run: async () => {
      const { status, headers } = await preflight(origin);
      require(status < 300, `the preflight was answered with ${status}`);
      require(headers.get("access-control-allow-origin") === origin, "the origin is not allowed");
      requireHeader(headers, "access-control-allow-headers", /authorization/i);
      const other = await preflight("https://other.example");
      require(!other.headers.has("access-control-allow-origin"), "another origin is allowed too");
      return undefined;
    },
  };
}

async function send(url: string, path: string, init: RequestInit): Promise<Answer> {
  const signal = AbortSignal.timeout(TIMEOUT_MS);
  const response = await fetch(`${url}${path}`, { ...init, redirect: "manual", signal });
  return { status: response.status, headers: response.headers, body: await response.text() };
}

function requireHeader(headers: Headers, name: string, pattern: RegExp): void {
  const value = headers.get(name);
  require(value !== null && pattern.test(value), `${name} is ${value ?? "missing"}`);
}

/** Returns how a report violates the published contract; undefined if it does not. */
function faultsBy(document: unknown, answer: unknown): string | undefined {
  const ajv = new Ajv2020({ strict: false });
  addFormats.default(ajv);
  ajv.addSchema({ ...contract.parse(document), $id: "contract" });
  const path = REPORT.replaceAll("/", "~1");
  const pointer = `contract#/paths/${path}/get/responses/200/content/application~1json/schema`;
  const validate = ajv.compile({ $ref: pointer });
  return validate(answer) ? undefined : ajv.errorsText(validate.errors);
}

/** The contract's rule: minutes are rounded so that they give their seconds back. */
function secondsOf(minutes: number): number {
  return Math.round(minutes * 60);
}

function lastDayOf(month: string): string {
  const [year = 0, number = 0] = month.split("-").map(Number);
  return new Date(Date.UTC(year, number, 0)).toISOString().slice(0, 10);
}
