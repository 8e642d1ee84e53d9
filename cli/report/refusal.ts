import * as z from "zod";
import { howToGetToken } from "./connection-options.ts";
import { EXIT, type ExitCode, ReportFailure } from "./failure.ts";
import type { Answer } from "./send.ts";
import { shown } from "./shown-text.ts";

/** An error of the service (RFC 9457), or of the gateway in front of it, which has only a message. */
const refusal = z.object({
  type: z.string().optional(),
  title: z.string().optional(),
  detail: z.string().optional(),
  request_id: z.string().optional(),
  errors: z.array(z.object({ parameter: z.string(), message: z.string() })).default([]),
  resellers: z.array(z.object({ reseller_id: z.string(), reseller_name: z.string() })).default([]),
  message: z.string().optional(),
});
type Refusal = z.infer<typeof refusal>;

/** The option that sets a parameter. */
const OPTIONS: Readonly<Record<string, string>> = {
  start_date: "--from",
  end_date: "--to",
  reseller_ids: "--reseller",
  organization_ids: "--organization",
  agent_ids: "--agent",
};
const PARAMETER = /\b(?:start_date|end_date|reseller_ids|organization_ids|agent_ids)\b(?:\[\])?/g;

const EXIT_CODES: Readonly<Record<number, ExitCode>> = {
  400: EXIT.request,
  401: EXIT.token,
  403: EXIT.token,
  404: EXIT.request,
  408: EXIT.later,
  413: EXIT.request,
  414: EXIT.request,
  429: EXIT.later,
  431: EXIT.request,
  502: EXIT.later,
  503: EXIT.later,
  504: EXIT.later,
};

/**
 * Explains an answer that is not a report.
 *
 * @param asked the address that answered
 */
export function refusalOf(answer: Answer, asked: URL): ReportFailure {
  const { status, headers } = answer;
  if (status >= 300 && status < 400) return redirected(headers.location);
  const told = read(answer);
  const id = told.request_id ?? headers["x-request-id"] ?? headers["apigw-requestid"];
  const lines = [
    told.title ??
      `The service answers ${status}${told.message ? `: ${told.message}` : " and gives no reason."}`,
    ...told.errors.map(({ parameter, message }) => {
      const text = inOptions(message);
      return parameter === "" ? `  ${text}` : `  ${inOptions(parameter)}: ${text}`;
    }),
    ...(told.errors.length === 0 && told.detail ? [inOptions(told.detail)] : []),
    ...told.resellers.map(
      ({ reseller_id, reseller_name }) => `  --reseller ${reseller_id}  ${reseller_name}`,
    ),
    ...adviceOn(answer, told, asked),
    ...(id === undefined ? [] : [`request_id ${String(id)}`]),
  ];
  return new ReportFailure(exitCodeOf(status, told), lines.map(shown));
}

function exitCodeOf(status: number, { type = "" }: Refusal): ExitCode {
  return type.endsWith("/result_too_large") ? EXIT.tooLarge : (EXIT_CODES[status] ?? EXIT.fault);
}

function read({ body }: Answer): Refusal {
  try {
    return refusal.parse(JSON.parse(body.toString()));
  } catch {
    return { errors: [], resellers: [] };
  }
}

/** Replaces the service's parameter names with this command's options. */
function inOptions(text: string): string {
  return text.replaceAll(PARAMETER, (name) => OPTIONS[name.replace("[]", "")] ?? name);
}

function adviceOn({ status, headers }: Answer, told: Refusal, asked: URL): string[] {
  if (status === 401 || status === 403) {
    const reason = /error_description="([^"]*)"/.exec(headers["www-authenticate"] ?? "")?.[1];
    return [...(reason ? [`The gateway says: ${reason}.`] : []), "Get a new token.", ...howToGetToken(asked)];
  }
  // A problem document of the service: the address is right, and the detail says what is missing.
  if (status === 404 && told.type !== undefined) return [];
  if (status === 404)
    return [`Does --url name this service? The request went to ${asked.origin}${asked.pathname}`];
  if (status === 431)
    return [
      "The token is too long: the gateway takes 10,240 bytes with all headers. Ask its issuer for a token that names an account in place of its resellers.",
    ];
  const wait = retryAfter(headers);
  if (told.detail === undefined && wait !== undefined) return [`Try again in ${wait} s.`];
  return [];
}

/** Seconds until the next attempt, at least 1; undefined if the service does not say so, or gives a date. */
export function retryAfter(headers: Answer["headers"]): number | undefined {
  const text = headers["retry-after"];
  return text !== undefined && /^[0-9]{1,6}$/.test(text) ? Math.max(1, Number(text)) : undefined;
}

function redirected(location: string | undefined): ReportFailure {
  const target = location === undefined ? "another address" : shown(location);
  return new ReportFailure(EXIT.request, [
    `The service redirects to ${target}. The token was not sent there.`,
    "If the service has moved there, give that address with --url.",
  ]);
}
