import { list, optionalText, record, text } from "./parse.ts";

/** One error that the API reports for a request. */
export interface FieldError {
  readonly parameter: string;
  readonly message: string;
}

/** Why a request failed. Each kind is something else that the reader can do. */
export type Failure =
  | { readonly kind: "session" }
  /** The browser itself is offline, or it is online and the service cannot be reached. */
  | { readonly kind: "offline" | "unreachable" }
  /** Something between the browser and the service answered: a firewall, a proxy, a network's sign-in page. */
  | { readonly kind: "intercepted"; readonly status: number }
  /** The head of the request exceeds the gateway's limit: because of the token, or of the address. */
  | { readonly kind: "token-too-large" | "address-too-long" }
  | { readonly kind: "busy"; readonly detail: string; readonly retryAfter: number | undefined }
  /** The partner has started too many new queries. */
  | { readonly kind: "over-budget"; readonly detail: string; readonly retryAfter: number }
  | { readonly kind: "slow"; readonly detail: string }
  | {
      readonly kind: "too-large";
      readonly detail: string;
      /** Names by id of the resellers whose figures did not fit. */
      readonly resellers: ReadonlyMap<string, string>;
    }
  | { readonly kind: "bill-too-large"; readonly detail: string }
  | { readonly kind: "refused"; readonly detail: string; readonly errors: readonly FieldError[] }
  | { readonly kind: "forbidden"; readonly detail: string }
  | { readonly kind: "not-found"; readonly detail: string }
  /** Stored billing data is damaged, or something unexpected went wrong. */
  | { readonly kind: "damaged" | "broken"; readonly detail: string; readonly requestId: string | undefined };

/** Whether the service did not answer the request itself: what it answered before may still be right. */
export function isUnanswered({ kind }: Failure): boolean {
  return UNANSWERED.some((each) => each === kind);
}

const UNANSWERED = ["offline", "unreachable", "intercepted", "busy", "over-budget", "slow"] as const;

/** Whether the service no longer gives this person any figures. */
export function endsAccess({ kind }: Failure): boolean {
  return kind === "session" || kind === "forbidden";
}

/** Whether a body is JSON, as every body of the API and of its gateway is. */
export function isJson(response: Response): boolean {
  return /[/+]json\b/.test(response.headers.get("content-type") ?? "");
}

/** What an answer other than 200 means: a problem document of the API, or the gateway's `{"message": …}`. */
export async function failureOf(response: Response): Promise<Failure> {
  const { status } = response;
  if (status === 407 || status === 511 || (status === 403 && !isJson(response))) {
    return { kind: "intercepted", status };
  }
  const body = await bodyOf(response);
  const detail = optionalText(body["detail"]) ?? "";
  switch (status) {
    case 400:
      return { kind: "refused", detail, errors: fieldErrors(body["errors"]) };
    case 401:
      return { kind: "session" };
    case 403:
      return { kind: "forbidden", detail };
    case 404:
      return { kind: "not-found", detail };
    case 413:
      return { kind: "too-large", detail, resellers: namedResellers(body["resellers"]) };
    case 414:
      return { kind: "address-too-long" };
    // CloudFront's own status for a request head that is too large.
    case 431:
    case 494:
      return { kind: "token-too-large" };
    case 429:
    case 502:
    case 503: {
      const seconds = Number(response.headers.get("retry-after") ?? "");
      if (body["type"] === "/problems/snapshot_damaged") {
        return { kind: "damaged", detail, requestId: optionalText(body["request_id"]) };
      }
      if (body["type"] === "/problems/too_many_queries" && seconds > 0) {
        return { kind: "over-budget", detail, retryAfter: seconds };
      }
      return { kind: "busy", detail, retryAfter: seconds > 0 ? seconds : undefined };
    }
    case 504:
      return { kind: "slow", detail };
    default:
      return { kind: "broken", detail, requestId: optionalText(body["request_id"]) };
  }
}

async function bodyOf(response: Response): Promise<Readonly<Record<string, unknown>>> {
  try {
    return record(await response.json());
  } catch {
    return {};
  }
}

function namedResellers(resellers: unknown): ReadonlyMap<string, string> {
  try {
    return new Map(
      list(resellers, (item) => {
        const { reseller_id, reseller_name } = record(item);
        return [text(reseller_id), text(reseller_name)] as const;
      }),
    );
  } catch {
    return new Map();
  }
}

function fieldErrors(errors: unknown): FieldError[] {
  try {
    return list(errors, (item) => {
      const { parameter, message } = record(item);
      return { parameter: optionalText(parameter) ?? "", message: optionalText(message) ?? "" };
    });
  } catch {
    return [];
  }
}
