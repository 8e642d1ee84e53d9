import { codeOf, EXIT, ReportFailure } from "./failure.ts";
import { isThisMachine } from "./service-address.ts";

/** The meaning of the most common system errors, to follow the host name. https://nodejs.org/api/errors.html */
const OUT_OF_REACH: Readonly<Record<string, string>> = {
  ECONNREFUSED: "nothing listens there",
  ECONNRESET: "the connection was closed before an answer arrived",
  EPIPE: "the connection was closed before an answer arrived",
  ENOTFOUND: "there is no host of that name",
  EAI_AGAIN: "its name cannot be resolved at the moment",
  ETIMEDOUT: "it does not answer",
  EHOSTUNREACH: "there is no route to it",
  ENETUNREACH: "there is no network connection to it",
};

/** Errors of Node's TLS and of OpenSSL; https://nodejs.org/api/tls.html#x509-certificate-error-codes */
const TLS = /CERT|^ERR_TLS|^ERR_SSL|^UNABLE_TO_|^CRL_|^HOSTNAME_MISMATCH$|^INVALID_CA$|^PATH_LENGTH|^EPROTO$/;

/** Explains why no answer arrived. */
export function connectionFailure(url: URL, error: unknown): ReportFailure {
  const code = codeOf(error);
  const reason = OUT_OF_REACH[code];
  if (reason !== undefined) {
    const isLocal = code === "ECONNREFUSED" && isThisMachine(url);
    const advice = isLocal
      ? ["Start the local stack with npm start, or give another address with --url."]
      : [];
    return failure(EXIT.later, `${url.origin} cannot be reached: ${reason} (${code}).`, advice, error);
  }
  if (TLS.test(code)) {
    const advice = /^ERR_SSL|^EPROTO/.test(code)
      ? "Does it use https?"
      : "Nothing was sent. If its certificate is from a private authority, set NODE_EXTRA_CA_CERTS to the file of that authority's certificate.";
    return failure(EXIT.fault, `No secure connection to ${url.origin} (${code}).`, [advice], error);
  }
  if (code.startsWith("HPE_")) {
    return failure(EXIT.fault, `${url.origin} does not answer with HTTP (${code}).`, [], error);
  }
  const detail = code || (error instanceof Error ? error.message : String(error));
  return failure(EXIT.later, `No answer from ${url.origin}: ${detail}.`, [], error);
}

/** The connection ended before the answer was complete. */
export function cutShort(cause: unknown): ReportFailure {
  return failure(EXIT.later, "The answer was truncated. Nothing of it is shown. Try again.", [], cause);
}

/** The service stopped sending, before the answer or in it. */
export function silence(url: URL, milliseconds: number): ReportFailure {
  return failure(EXIT.later, `${url.origin} has sent nothing for ${milliseconds / 1_000} s.`, [], undefined);
}

function failure(
  exitCode: typeof EXIT.later | typeof EXIT.fault,
  line: string,
  advice: readonly string[],
  cause: unknown,
): ReportFailure {
  return new ReportFailure(exitCode, [line, ...advice], { cause });
}
