import type { RequestError } from "../errors.ts";
import { isList } from "./report-request.ts";

/** The parameters of a query string, ready for validation, and the problems found while reading them. */
export interface StatedParameters {
  readonly stated: Readonly<Record<string, string | readonly string[]>>;
  readonly errors: readonly RequestError[];
}

/**
 * Reads the raw query string. The gateway's own map joins values with commas, so two values look like one that
 * contains a comma. Lists are accepted as `x=a,b`, `x[]=a&x[]=b` and `x=a&x=b`, with or without percent-encoded
 * brackets, and are united. A duplicate single value is an error.
 *
 * @param names the known parameters
 */
export function readQueryString(raw: string, names: readonly string[]): StatedParameters {
  const listNames = names.filter(isList);
  const singleNames = new Set(names.filter((name) => !isList(name)));
  const single = new Map<string, string>();
  const lists = new Map<string, string[]>();
  const errors = new Map<string, RequestError>();
  for (const [name, value] of new URLSearchParams(raw)) {
    const list = listNames.find((known) => name === known || name === `${known}[]`);
    if (list !== undefined) {
      lists.set(list, [...(lists.get(list) ?? []), ...value.split(",")]);
    } else if (listNames.some((known) => name.startsWith(`${known}[`))) {
      errors.set(name, unsupportedForm(name));
    } else if (singleNames.has(name) && single.has(name)) {
      errors.set(name, repeated(name));
    } else {
      single.set(name, value);
    }
  }
  return {
    stated: Object.fromEntries<string | readonly string[]>([...single, ...lists]),
    errors: [...errors.values()],
  };
}

/** The problem of a single value that is given twice. */
export function repeated(name: string): RequestError {
  return { parameter: name.slice(0, 200), code: "repeated", message: `Give ${name.slice(0, 200)} once.` };
}

function unsupportedForm(name: string): RequestError {
  const list = name.slice(0, name.indexOf("["));
  const message = `Give a list as ${list}=a,b or as ${list}[]=a&${list}[]=b.`;
  return { parameter: name.slice(0, 200), code: "unsupported_form", message };
}
