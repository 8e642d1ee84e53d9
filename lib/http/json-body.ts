import type { MiddlewareObj } from "@middy/core";
import httpJsonBodyParser from "@middy/http-json-body-parser";
import * as z from "zod/mini";
import { type RequestError, ServiceError } from "../errors.ts";
import { repeatedMembers } from "../repeated-members.ts";
import { invalidRequest, unknownParameter } from "../request/report-request.ts";
import type { HttpRequest } from "./http-request.ts";

const MAX_BODY_BYTES = 262_144;

const parser = httpJsonBodyParser({ disableContentTypeCheck: true }).before;

/**
 * Parses the body of a POST (no other method) from `application/json` in UTF-8.
 *
 * @param namesOf returns the members that the body of a request may have
 * @throws ServiceError `unsupported_media_type`, `body_too_large`, or `invalid_request` for malformed JSON
 */
export function jsonBodyOfPost(
  namesOf: (event: HttpRequest) => readonly string[],
): MiddlewareObj<HttpRequest> {
  return {
    before: (request) => {
      if (request.event.requestContext.http.method !== "POST") return;
      requireJson(request.event.headers);
      if (bodyBytes(request.event) > MAX_BODY_BYTES) {
        throw new ServiceError(
          "body_too_large",
          "Send a body of at most 256 KiB. 1,000 ids in each filter fit into that.",
        );
      }
      if (parser === undefined) throw new TypeError("the body parser has no `before` function");
      const text = bodyText(request.event);
      try {
        // Its type requires a whole AWS event. It reads the body and its encoding, and replaces the body.
        Reflect.apply(parser, undefined, [request]);
      } catch (error) {
        throw invalidRequest([forbiddenMember(error, namesOf(request.event)) ?? MALFORMED]);
      }
      request.event.repeatedMembers = repeatedMembers(text);
    },
  };
}

const MALFORMED = { parameter: "", code: "malformed_json", message: "The body is not well-formed JSON." };

/** Finds the member for which the parser refuses a well-formed body: one that could change a prototype. */
function forbiddenMember(error: unknown, names: readonly string[]): RequestError | undefined {
  const { data } = parserError.safeParse(error);
  return data && unknownParameter(data.cause.data, names);
}

const parserError = z.object({ cause: z.object({ data: z.enum(["__proto__", "constructor"]) }) });

function bodyText({ body, isBase64Encoded }: HttpRequest): string {
  if (typeof body !== "string") return "";
  return isBase64Encoded ? Buffer.from(body, "base64").toString() : body;
}

function requireJson(headers: HttpRequest["headers"]): void {
  const isJson = /^application\/json\s*(;\s*(charset="?utf-?8"?\s*)?)?$/i.test(headers["content-type"] ?? "");
  if (isJson && /^(identity)?$/i.test(headers["content-encoding"] ?? "")) return;
  throw new ServiceError(
    "unsupported_media_type",
    "Send the body as application/json in UTF-8, without a content-encoding.",
    { headers: { "accept-post": "application/json" } },
  );
}

function bodyBytes({ body, isBase64Encoded }: HttpRequest): number {
  return typeof body === "string" ? Buffer.byteLength(body, isBase64Encoded ? "base64" : "utf8") : 0;
}
