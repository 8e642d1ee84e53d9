import { internalError } from "../errors.ts";
import type { ExecutionFacts, Querier, Query } from "../query.ts";
import {
  type AnswerInputs,
  type AnswerKey,
  type Encoding,
  entityTag,
  publishedKey,
  type ResultKey,
  resultKey,
  sharedMoment,
} from "../reuse/answer-key.ts";
import type { Names } from "../reuse/names.ts";
import { type AnswerStore, fromStored, toStored } from "../reuse/stored-answer.ts";
import type { PublishedCoverage } from "../rollup/coverage.ts";
import type { ResultMarks } from "../usage/rolled-days.ts";
import { tagsIn } from "./entity-tag.ts";
import type { HttpRequest } from "./http-request.ts";
import { acceptsGzip } from "./negotiation.ts";
import { commonHeaders, fits, MIN_GZIP_BYTES, type Response } from "./response.ts";

/** What a function needs to reuse answers. */
export interface AnswerReuse {
  /** Lists the lake's files with names. */
  readonly names: () => Promise<Names>;
  readonly answers: AnswerStore;
  /** Renders the whole input of a query to Athena. */
  readonly athenaInput: (query: Pick<Query<unknown>, "text" | "parameters">) => string;
  /** A hash of the function's code. */
  readonly code: () => Promise<string>;
  /** `s3://<bucket>/<prefix>/` of the lake's folders, and of the rollup. */
  readonly lake: string;
  readonly rollup: string;
}

/** A request whose answer may be reused: all of its days are rolled up, and none is in flux. */
export interface ReusableAnswer {
  /** A 304 if the caller has the answer already; undefined otherwise, and for a POST. */
  readonly notModified: () => Response | undefined;
  /** The stored answer; undefined if there is none that fits the caller. */
  readonly stored: () => Promise<Response | undefined>;
  /** The querier for the answer. It lists the names again as soon as an execution has succeeded. */
  readonly query: Querier;
  /**
   * Stores and tags an answer that was just made. Returns it as it is if that is not safe.
   *
   * @param marks of the answer's own result
   */
  readonly keep: (response: Response, marks: ResultMarks | undefined) => Promise<Response>;
}

/** What `reusableAnswer` gets of a request. */
export interface ReuseRequest {
  readonly event: HttpRequest;
  readonly inputs: AnswerInputs;
  readonly coverage: PublishedCoverage | undefined;
  readonly names: Names;
  readonly query: Querier;
  /** The headers of the answer's content: its type and its file name. */
  readonly contentHeaders: Readonly<Record<string, string>>;
}

/** Returns how the request's answer is reused; undefined if it may not be. */
export function reusableAnswer(reuse: AnswerReuse, request: ReuseRequest): ReusableAnswer | undefined {
  const { event, inputs, coverage, names, query, contentHeaders } = request;
  const { record, headers, requestContext } = event;
  const key = publishedKey(inputs, coverage, names);
  if (key === undefined) return undefined;
  const sharedWith = sharedMoment(inputs, coverage, names);
  const takesGzip = acceptsGzip(headers["accept-encoding"]);
  const isTagged = requestContext.http.method === "GET";
  let namesAfter: Promise<Names | undefined> | undefined;

  const tagged = (response: Response, of: AnswerKey, encoding: Encoding): Response =>
    isTagged
      ? {
          ...response,
          headers: { ...response.headers, "cache-control": NO_CACHE, etag: entityTag(of, encoding) },
        }
      : response;

  return {
    notModified: () => {
      if (!isTagged) return undefined;
      // A caller that accepts gzip may hold either: small answers are sent plain to everyone.
      const encodings: readonly Encoding[] = takesGzip ? ["gzip", "identity"] : ["identity"];
      const tags = tagsIn(headers["if-none-match"]);
      const etag = encodings.map((encoding) => entityTag(key, encoding)).find((tag) => tags.has(tag));
      if (etag === undefined) return undefined;
      record.add({ reuse: "not_modified", executions: 0 });
      const common = commonHeaders(requestContext.requestId, "no-cache");
      return { statusCode: 304, headers: { ...common, etag }, body: "" };
    },

    stored: async () => {
      try {
        const found = await reuse.answers.read(key);
        if (found === undefined) return undefined;
        const { encoding, bytes } = fromStored(key, found);
        if (encoding === "gzip" && !takesGzip) return undefined;
        const common = { ...contentHeaders, ...commonHeaders(requestContext.requestId) };
        const response = toResponse(bytes, encoding, common);
        if (!fits(response)) return undefined;
        record.add({ reuse: "stored", executions: 0 });
        return tagged(response, key, encoding);
      } catch (error) {
        record.add({ reuseFailure: internalError("a stored answer cannot be used", error) });
        return undefined;
      }
    },

    query: async function* listedAfter(asked, options) {
      const listAgain = () =>
        reuse.names().catch((error: unknown) => {
          record.add({ reuseFailure: internalError("the names cannot be listed again", error) });
          return undefined;
        });
      const observe = (facts: ExecutionFacts) => {
        // An execution has ended. If another one follows, the names are listed once more after that one.
        if (facts.runMs !== undefined) namesAfter = listAgain();
        options.observe(facts);
      };
      for await (const rows of query(asked, { ...options, observe, sharedWith })) {
        namesAfter ??= listAgain();
        yield rows;
      }
    },

    keep: async (response, marks) => {
      const after = await namesAfter;
      if (marks === undefined || !names.isSettled || after?.moment !== names.moment) return response;
      const own = resultKey(inputs, marks, names);
      if (own === undefined) return response;
      const body = bodyOf(response);
      if (body.encoding === "gzip" || body.bytes.byteLength < MIN_GZIP_BYTES) {
        await store(reuse.answers, own, body, event);
      }
      return tagged(response, own, body.encoding);
    },
  };
}

const NO_CACHE = "private, no-cache";

/** A failure costs the next caller a query, so the log says so; this answer is right all the same. */
async function store(
  answers: AnswerStore,
  key: ResultKey,
  body: ReturnType<typeof bodyOf>,
  { record }: HttpRequest,
): Promise<void> {
  try {
    await answers.write(key, toStored(key, body));
  } catch (error) {
    record.add({ reuseFailure: internalError("the answer cannot be stored", error) });
  }
}

function bodyOf({ body, isBase64Encoded = false }: Response): { encoding: Encoding; bytes: Uint8Array } {
  return isBase64Encoded
    ? { encoding: "gzip", bytes: Buffer.from(body, "base64") }
    : { encoding: "identity", bytes: Buffer.from(body) };
}

function toResponse(
  bytes: Uint8Array,
  encoding: Encoding,
  headers: Readonly<Record<string, string>>,
): Response {
  const content = Buffer.from(bytes);
  return encoding === "gzip"
    ? {
        statusCode: 200,
        headers: { ...headers, "content-encoding": "gzip" },
        body: content.toString("base64"),
        isBase64Encoded: true,
      }
    : { statusCode: 200, headers: { ...headers }, body: content.toString() };
}
