import { text } from "node:stream/consumers";
import { HttpRequest } from "@smithy/core/transport";
import { type AwsAccess, regionalHost } from "./access.ts";
import { signedSender } from "./signed-sender.ts";

/** A service of AWS that speaks JSON. https://smithy.io/2.0/aws/protocols/aws-json-1_0-protocol.html */
export interface JsonService {
  /** Its name in signatures and host names: `dynamodb`. */
  readonly name: string;
  /** What comes before an operation in `x-amz-target`: `DynamoDB_20120810`. */
  readonly target: string;
}

/** Sends one request, once, and returns the parsed answer. @throws ServiceFault, or the connection's error */
export type CallService = (operation: string, input: object, signal: AbortSignal) => Promise<unknown>;

/** The service answered with an error. It has the same fields as the SDK's errors, so that retries recognize it. */
export class ServiceFault extends Error {
  /** The error's type without its namespace: `ConditionalCheckFailedException`. */
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
  { name, target }: JsonService,
  access: AwsAccess,
  endpoint: string | undefined,
): CallService {
  const send = signedSender(name, access);
  const url = new URL(endpoint ?? `https://${regionalHost(name, access.region)}`);
  return async (operation, input, abortSignal) => {
    const unsigned = new HttpRequest({
      method: "POST",
      protocol: url.protocol,
      hostname: url.hostname,
      ...(url.port === "" ? {} : { port: Number(url.port) }),
      path: "/",
      headers: {
        host: url.host,
        "content-type": "application/x-amz-json-1.0",
        "x-amz-target": `${target}.${operation}`,
      },
      body: JSON.stringify(input),
    });
    const { statusCode, body, isSkewed } = await send(unsigned, abortSignal);
    const content = await text(body);
    if (statusCode !== 200) throw new ServiceFault(name, statusCode, parsed(content), isSkewed);
    return JSON.parse(content, withoutNulls);
  };
}

/** A member that is null counts as missing. https://smithy.io/2.0/aws/protocols/aws-json-1_0-protocol.html */
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
