import { codeOf, EXIT, ReportFailure } from "./failure.ts";
import { isThisMachine } from "./service-address.ts";

/** What the system's commonest errors mean, to go behind the host; https://nodejs.org/api/errors.html */
const OUT_OF_REACH: Readonly<Record<string, string>> = {
  ECONNREFUSED: "nothing listens there",
  ECONNRESET: "the connection was closed before an answer came",
  EPIPE: "the connection was closed before an answer came",
  ENOTFOUND: "there is no host of that name",
  EAI_AGAIN: "its name cannot be looked up now",
  ETIMEDOUT: "it does not answer",
  EHOSTUNREACH: "there is no way to it",
  ENETUNREACH: "there is no network to it",
};

/** Errors of Node's TLS and of OpenSSL; https://nodejs.org/api/tls.html#x509-certificate-error-codes */
const TLS = /CERT|^ERR_TLS|^ERR_SSL|^UNABLE_TO_|^CRL_|^HOSTNAME_MISMATCH$|^INVALID_CA$|^PATH_LENGTH|^EPROTO$/;

/** Why no answer came. */
export function connectionFailure(url: URL, error: unknown): ReportFailure {
  const code = codeOf(error);
  const reason = OUT_OF_REACH[code];
  if (reason !== undefined) {
    const isLocal = code === "ECONNREFUSED" && isThisMachine(url);
    const advice = isLocal
      ? ["Start the local stack with npm start, or name another address with --url."]
      : [];
    return failure(EXIT.later, `${url.origin} is out of reach: ${reason} (${code}).`, advice, error);
  }
  if (TLS.test(code)) {
    const advice = /^ERR_SSL|^EPROTO/.test(code)
      ? "Does it speak https at all?"
      : "Nothing was sent. If its certificate is of an authority of your own, name that one's file in NODE_EXTRA_CA_CERTS.";
    return failure(EXIT.fault, `No secure connection to ${url.origin} (${code}).`, [advice], error);
  }
  if (code.startsWith("HPE_")) {
    return failure(EXIT.fault, `${url.origin} does not answer in HTTP (${code}).`, [], error);
  }
  const detail = code || (error instanceof Error ? error.message : String(error));
  return failure(EXIT.later, `No answer from ${url.origin}: ${detail}.`, [], error);
}

/** The connection ended before the answer did. */
export function cutShort(cause: unknown): ReportFailure {
  return failure(EXIT.later, "The answer was cut short. Nothing of it is shown; try again.", [], cause);
}

/** The other side fell silent, before the answer or in it. */
export function silence(url: URL, milliseconds: number): ReportFailure {
  return failure(EXIT.later, `${url.origin} has said nothing for ${milliseconds / 1_000} s.`, [], undefined);
}

function failure(
  exitCode: typeof EXIT.later | typeof EXIT.fault,
  line: string,
  advice: readonly string[],
  cause: unknown,
): ReportFailure {
  return new ReportFailure(exitCode, [line, ...advice], { cause });
}
