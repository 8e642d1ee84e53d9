import { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { Sha256 } from "@smithy/core/checksum";
import { HttpRequest } from "@smithy/core/transport";
import { SignatureV4 } from "@smithy/signature-v4";
import { type AwsAccess, regionalHost } from "./access.ts";

/** A service of AWS that speaks JSON. https://smithy.io/2.0/aws/protocols/aws-json-1_1-protocol.html */
export interface JsonService {
  /** Its name in signatures and host names: `athena`. */
  readonly name: string;
  /** What comes before an operation in `x-amz-target`: `AmazonAthena`. */
  readonly target: string;
  readonly version: "1.0" | "1.1";
}

/** Sends one request, once, and returns the parsed answer. @throws ServiceFault, or the connection's error */
export type CallService = (operation: string, input: object, signal: AbortSignal) => Promise<unknown>;

/** The service answered with an error. It has the same fields as the SDK's errors, so that retries recognize it. */
export class ServiceFault extends Error {
  /** The error's type without its namespace: `TooManyRequestsException`. */
  override readonly name: string;
  readonly $metadata: { readonly httpStatusCode: number; readonly clockSkewCorrected: boolean };
  /** The whole answer, parsed; undefined if it is not JSON. */
  readonly answer: unknown;

  constructor(service: string, statusCode: number, answer: unknown, clockSkewCorrected: boolean) {
    const type = /\w+$/.exec(memberOf(answer, "__type").split(":")[0] ?? "")?.[0] ?? "";
    const message = memberOf(answer, "message") || memberOf(answer, "Message");
    super([`${service} answered ${statusCode} ${type}`.trimEnd(), message].filter(Boolean).join(": "));
    this.name = type || "ServiceFault";
    this.$metadata = { httpStatusCode: statusCode, clockSkewCorrected };
    this.answer = answer;
  }
}

/**
 * Signs requests to a service and sends them. The signer is a hundredth of the size of another client of the SDK.
 *
 * @param endpoint another endpoint than the region's
 */
export function jsonService(
  { name, target, version }: JsonService,
  { region, credentials, requestHandler, clock }: AwsAccess,
  endpoint: string | undefined,
): CallService {
  const signer = new SignatureV4({ service: name, region, credentials, sha256: Sha256 });
  const url = new URL(endpoint ?? `https://${regionalHost(name, region)}`);
  return async (operation, input, abortSignal) => {
    const unsigned = new HttpRequest({
      method: "POST",
      protocol: url.protocol,
      hostname: url.hostname,
      ...(url.port === "" ? {} : { port: Number(url.port) }),
      path: "/",
      headers: {
        host: url.host,
        "content-type": `application/x-amz-json-${version}`,
        "x-amz-target": `${target}.${operation}`,
      },
      body: JSON.stringify(input),
    });
    const signed = await signer.sign(unsigned, { signingDate: new Date(Date.now() + clock.offset()) });
    const { response } = await requestHandler.handle(new HttpRequest(signed), { abortSignal });
    const received: unknown = response.body;
    if (!(received instanceof Readable)) throw new TypeError(`The answer of ${name} has no body`);
    const content = await text(received);
    const isSkewed = clock.learn(response.headers["date"]);
    if (response.statusCode !== 200)
      throw new ServiceFault(name, response.statusCode, parsed(content), isSkewed);
    return JSON.parse(content, withoutNulls);
  };
}

/** A member that is null counts as missing. https://smithy.io/2.0/aws/protocols/aws-json-1_1-protocol.html */
function withoutNulls(_: string, value: unknown): unknown {
  return value ?? undefined;
}

/** An error that does not come from the service itself may have any content. */
function parsed(content: string): unknown {
  try {
    return JSON.parse(content, withoutNulls);
  } catch {
    return undefined;
  }
}

function memberOf(answer: unknown, name: string): string {
  const value: unknown =
    typeof answer === "object" && answer !== null ? Reflect.get(answer, name) : undefined;
  return typeof value === "string" ? value : "";
}
