import {
  type ClientRequest,
  request as httpRequest,
  type IncomingHttpHeaders,
  type IncomingMessage,
} from "node:http";
import { request as httpsRequest } from "node:https";
import { promisify } from "node:util";
import { gunzip } from "node:zlib";
import { connectionFailure, cutShort, silence } from "./connection-failure.ts";
import { codeOf, EXIT, ReportFailure } from "./failure.ts";
import type { ReportRequest } from "./request.ts";

/** A complete answer. */
export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

export interface SendOptions {
  /** Milliseconds for which the connection may be silent. */
  readonly silenceLimit: number;
  /** Receives the number of bytes read so far. */
  readonly received: (bytes: number) => void;
}

/**
 * No report is larger: an answer of 6 MB, unzipped. Anything larger is not a report, or is meant to exhaust the
 * memory.
 */
const MAX_BODY_BYTES = 256 * 1024 * 1024;

/**
 * Sends the request and returns the complete answer, unzipped. A redirect is returned like any other answer: the
 * token is never sent elsewhere.
 *
 * It uses `node:http`, because fetch accepts a truncated gzip body as complete.
 *
 * @throws ReportFailure if no answer arrives, or only a part of one
 */
export async function send(request: ReportRequest, options: SendOptions): Promise<Answer> {
  const message = open(request);
  let silent = false;
  message.setTimeout(options.silenceLimit, () => {
    silent = true;
    message.destroy();
  });
  let response: IncomingMessage | undefined;
  try {
    response = await responseOf(message, request.body);
    const body = await bodyOf(response, options.received);
    const { statusCode: status = 0, headers } = response;
    return { status, headers, body: await unzipped(headers, body) };
  } catch (error) {
    if (silent) throw silence(request.url, options.silenceLimit);
    if (error instanceof ReportFailure) throw error;
    throw response === undefined ? connectionFailure(request.url, error) : cutShort(error);
  } finally {
    message.destroy();
  }
}

function open({ method, url, headers }: ReportRequest): ClientRequest {
  const how = { method, headers: { ...headers } };
  const message = url.protocol === "https:" ? httpsRequest(url, how) : httpRequest(url, how);
  // A failure after the start of the response is also an error of the response, and handled there.
  return message.on("error", () => undefined);
}

function responseOf(message: ClientRequest, body: string): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    message.once("response", resolve).once("error", reject).end(body);
  });
}

async function bodyOf(response: IncomingMessage, received: (bytes: number) => void): Promise<Buffer> {
  const { headers } = response;
  if (headers["content-length"] === undefined && headers["transfer-encoding"] === undefined) {
    throw new ReportFailure(EXIT.fault, [
      "The answer does not state its length, so it could be truncated. Nothing of it is shown.",
    ]);
  }
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response) {
    const buffer = Buffer.from(chunk);
    chunks.push(buffer);
    bytes += buffer.byteLength;
    if (bytes > MAX_BODY_BYTES) throw tooLarge();
    received(bytes);
  }
  if (!response.complete) throw cutShort(undefined);
  return Buffer.concat(chunks);
}

async function unzipped(headers: IncomingHttpHeaders, body: Buffer): Promise<Buffer> {
  const encoding = headers["content-encoding"] ?? "identity";
  if (encoding === "identity") return body;
  if (encoding !== "gzip") {
    throw new ReportFailure(EXIT.fault, ["The answer has an encoding that was not requested."]);
  }
  try {
    return await promisify(gunzip)(body, { maxOutputLength: MAX_BODY_BYTES });
  } catch (error) {
    if (codeOf(error) === "ERR_BUFFER_TOO_LARGE") throw tooLarge();
    throw new ReportFailure(EXIT.fault, ["The answer is damaged: its gzip data is truncated or invalid."], {
      cause: error,
    });
  }
}

function tooLarge(): ReportFailure {
  return new ReportFailure(EXIT.tooLarge, [
    "The answer is larger than any report. Does --url name this service?",
  ]);
}
