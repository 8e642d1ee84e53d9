import { Readable } from "node:stream";
import { Sha256 } from "@smithy/core/checksum";
import { HttpRequest } from "@smithy/core/transport";
import { SignatureV4 } from "@smithy/signature-v4";
import type { AwsAccess } from "./access.ts";

/** What a service answers, with whatever status. */
export interface SignedAnswer {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Readable;
  /** Whether the machine's clock was so far off that the signature may have been refused for it. */
  readonly isSkewed: boolean;
}

/** Signs and sends one request, once. @throws the connection's error */
export type SendSigned = (unsigned: HttpRequest, signal: AbortSignal) => Promise<SignedAnswer>;

/**
 * Signs requests to a service by the time of AWS's servers, and sends them.
 *
 * @param service its name in signatures: `s3`
 * @param uriEscapePath false for S3, which signs its paths as they are
 */
export function signedSender(
  service: string,
  { region, credentials, requestHandler, clock }: AwsAccess,
  uriEscapePath = true,
): SendSigned {
  const signer = new SignatureV4({ service, region, credentials, sha256: Sha256, uriEscapePath });
  return async (unsigned, abortSignal) => {
    const signed = await signer.sign(unsigned, { signingDate: new Date(Date.now() + clock.offset()) });
    const { response } = await requestHandler.handle(new HttpRequest(signed), { abortSignal });
    const isSkewed = clock.learn(response.headers["date"]);
    const body: unknown = response.body;
    if (!(body instanceof Readable)) throw new TypeError(`The answer of ${service} has no body`);
    return { statusCode: response.statusCode, headers: response.headers, body, isSkewed };
  };
}
