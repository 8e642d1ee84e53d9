import { list, optionalText, record, text } from "./parse.ts";

/** One thing that the API finds wrong with a request. */
export interface FieldError {
  readonly parameter: string;
  readonly message: string;
}

/** Why there is no answer, by what the reader can do about it. */
export type Failure =
  | { readonly kind: "session" }
  | { readonly kind: "offline" }
  | { readonly kind: "busy"; readonly detail: string; readonly retryAfter: number | undefined }
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
  | { readonly kind: "broken"; readonly detail: string; readonly requestId: string | undefined };

/** What an answer that is no 200 means: a problem document of the API's, or the gateway's `{"message": …}`. */
export async function failureOf(response: Response): Promise<Failure> {
  const body = await bodyOf(response);
  const detail = optionalText(body["detail"]) ?? "";
  switch (response.status) {
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
    case 429:
    case 502:
    case 503: {
      const seconds = Number(response.headers.get("retry-after") ?? "");
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
