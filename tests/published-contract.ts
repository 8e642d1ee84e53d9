import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";
import addFormats from "ajv-formats";
import * as z from "zod";
import { withGuide } from "../infra/documentation/guide.ts";

const response = z.object({
  headers: z.record(z.string(), z.unknown()).default({}),
  content: z.record(z.string(), z.object({ schema: z.unknown() })).default({}),
});
type Documented = z.infer<typeof response>;

const operation = z.object({
  responses: z.record(z.string(), z.union([z.object({ $ref: z.string() }), response])),
});
const contract = z.object({
  paths: z.record(z.string(), z.record(z.string(), operation)),
  components: z.object({ responses: z.record(z.string(), response) }),
});

/** Headers that belong to the connection or to the gateway, not to the contract. */
const TRANSPORT = new Set([
  "content-type",
  "content-length",
  "content-encoding",
  "transfer-encoding",
  "connection",
  "keep-alive",
  "date",
  "apigw-requestid",
]);

/** A complete answer. */
export interface Answered {
  readonly method: string;
  readonly path: string;
  readonly status: number;
  readonly headers: Headers;
  readonly body: string;
}

/**
 * Validates an answer with the published contract; returns the violations. It must not contain a member or header
 * that the contract does not name, because callers could rely on it.
 */
export type Judge = (answer: Answered) => string[];

/** A validator with `docs/openapi.json`, or with a similar document. */
export function judge(document: unknown = publishedDocument()): Judge {
  const { paths, components } = contract.parse(document);
  const ajv = new Ajv2020({ strict: false, allErrors: false });
  addFormats.default(ajv);
  ajv.addSchema({ $id: "contract", ...closed(document) });
  const validators = new Map<string, ValidateFunction>();

  /** @param place JSON pointer of the schema in the document */
  function validator(place: string): ValidateFunction {
    const known = validators.get(place) ?? ajv.compile({ $ref: `contract#${place}` });
    validators.set(place, known);
    return known;
  }

  return ({ method, path, status, headers, body }) => {
    const template = Object.keys(paths).find((known) => matches(path, known));
    const type = (headers.get("content-type") ?? "").replace(/;.*/s, "");
    if (template === undefined) return status === 404 ? [] : [`${status} for an unknown path`];
    // A HEAD is answered as its GET is, without the body.
    const isHead = method === "HEAD";
    const verb = isHead ? "get" : method.toLowerCase();
    const documented = paths[template]?.[verb];
    if (documented === undefined) {
      return [401, 403, 405].includes(status) ? [] : [`${status} for an unknown method`];
    }
    const found = documented.responses[status];
    if (found === undefined) return [`${status} is not documented`];
    const [answer, place] = resolved(found, `/paths/${escaped(template)}/${verb}/responses/${status}`);
    const unnamed = [...headers.keys()].filter((name) => !TRANSPORT.has(name) && !(name in answer.headers));
    const faults = unnamed.map((name) => `${status} has the header ${name}, which is not documented`);
    if (Object.keys(answer.content).length === 0) return body === "" ? faults : [...faults, "a body"];
    if (answer.content[type] === undefined) return [...faults, `${status} is not documented as ${type}`];
    if (isHead) return body === "" ? faults : [...faults, "a body of a HEAD"];
    if (!type.endsWith("json")) return faults;
    const validate = validator(`${place}/content/${escaped(type)}/schema`);
    if (!validate(JSON.parse(body))) faults.push(ajv.errorsText(validate.errors));
    return faults;
  };

  function resolved(found: Documented | { $ref: string }, place: string): [Documented, string] {
    if (!("$ref" in found)) return [found, place];
    const component = components.responses[found.$ref.split("/").at(-1) ?? ""];
    if (component === undefined) throw new Error(`${found.$ref} is not there`);
    return [component, found.$ref.slice(1)];
  }
}

export function publishedDocument(): unknown {
  const committed = readFileSync(join(import.meta.dirname, "..", "docs", "openapi.json"), "utf8");
  return withGuide(z.looseObject({ info: z.looseObject({}) }).parse(JSON.parse(committed)));
}

function matches(path: string, template: string): boolean {
  return new RegExp(`^${template.replace(/\{\w+\}/g, "[^/]+")}$`).test(path);
}

function escaped(key: string): string {
  return encodeURIComponent(key.replaceAll("~", "~0").replaceAll("/", "~1"));
}

/** The document with every object closed to unknown members. */
function closed(value: unknown): object {
  const text = JSON.stringify(value, (_, part: unknown) =>
    typeof part === "object" && part !== null && "properties" in part && "type" in part
      ? { additionalProperties: false, ...part }
      : part,
  );
  const parsed: unknown = JSON.parse(text);
  if (typeof parsed !== "object" || parsed === null) throw new TypeError("no document");
  return parsed;
}
