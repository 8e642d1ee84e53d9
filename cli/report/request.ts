import type { ConnectionOptions } from "./connection-options.ts";
import type { ReportOptions } from "./options.ts";

/** A request as it is sent. */
export interface ReportRequest {
  readonly method: "GET" | "POST";
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/**
 * The limit of request line and headers together, including the token.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html
 */
const MAX_HEAD_BYTES = 10_240;

/** Builds a GET, or an equivalent POST if the filters do not fit into a URL. */
export function requestFor(options: ReportOptions): ReportRequest {
  const get = getRequest(options);
  return headBytes(get) <= MAX_HEAD_BYTES ? get : postRequest(options);
}

function getRequest(options: ReportOptions): ReportRequest {
  const url = address(options);
  const parameters = Object.entries(membersOf(options)).map(
    // Keeps commas between items, because an encoded comma takes three bytes.
    ([name, value]) => `${name}=${[value].flat().map(encodeURIComponent).join(",")}`,
  );
  url.search = `?${parameters.join("&")}`;
  return { method: "GET", url, headers: headersOf(options, url), body: "" };
}

function postRequest(options: ReportOptions): ReportRequest {
  const url = address(options);
  const body = JSON.stringify(membersOf(options));
  const headers = {
    ...headersOf(options, url),
    "content-type": "application/json",
    "content-length": String(Buffer.byteLength(body)),
  };
  return { method: "POST", url, headers, body };
}

function membersOf(options: ReportOptions): Readonly<Record<string, string | readonly string[]>> {
  return {
    start_date: options.from,
    end_date: options.to,
    ...(options.agentIds && { agent_ids: options.agentIds }),
    ...(options.organizations && { organization_ids: options.organizations }),
    ...(options.resellers && { reseller_ids: options.resellers }),
  };
}

function address({ service, by }: ReportOptions): URL {
  return addressOf(service, `/v1/reports/minutes-by-${by}`);
}

/** Appends a path to the path of the service's address. */
export function addressOf(service: URL, path: string): URL {
  const url = new URL(service);
  url.pathname = `${url.pathname.replace(/\/+$/, "")}${path}`;
  return url;
}

/** All headers that are sent, so that their bytes can be counted. */
export function headersOf({ token, format }: ConnectionOptions, url: URL): Record<string, string> {
  return {
    host: url.host,
    connection: "close",
    authorization: `Bearer ${token}`,
    accept: format === "csv" ? "text/csv" : "application/json",
    "accept-encoding": "gzip",
    "user-agent": "minutes-report",
  };
}

function headBytes({ method, url, headers }: ReportRequest): number {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
  return Buffer.byteLength(
    [`${method} ${url.pathname}${url.search} HTTP/1.1`, ...lines, "", ""].join("\r\n"),
  );
}
