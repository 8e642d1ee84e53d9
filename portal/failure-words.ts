import type { Failure, FieldError } from "./failure.ts";
import { counted } from "./figures.ts";

/** The parameters that have a field of their own, which shows their errors. */
const FIELDS = ["start_date", "end_date"] as const;

/** The errors that belong to no field. */
function generalErrors(errors: readonly FieldError[]): FieldError[] {
  return errors.filter(({ parameter }) => !FIELDS.some((field) => field === parameter));
}

interface Words {
  readonly title: string;
  readonly text: string;
}

/** What happened, and what the reader can do. */
export function wordsFor(failure: Exclude<Failure, { kind: "session" }>): Words {
  switch (failure.kind) {
    case "offline":
      return {
        title: "You are offline",
        text: "Your device has no network connection. Connect it; the page then loads the figures by itself.",
      };
    case "unreachable":
      return {
        title: "The service cannot be reached",
        text: "Your device is online, but the service does not answer. Check your VPN, firewall or ad blocker, then try again. If others cannot reach it either, contact support.",
      };
    case "intercepted":
      return {
        title: "Your network blocked the request",
        text: `A firewall, a proxy or a network's sign-in page answered instead of the service (status ${failure.status}). Sign in to your network if it asks you to, or ask your administrator to allow this address. Then try again.`,
      };
    case "token-too-large":
      return {
        title: "Your account has too many resellers for one sign-in",
        text: "Your sign-in token is larger than the service accepts. Ask support for an account with fewer resellers, then sign in with it.",
      };
    case "address-too-long":
      return {
        title: "Too many resellers are selected",
        text: "The request is longer than the service accepts. Select fewer resellers above.",
      };
    case "busy":
      return {
        title: "The service is busy",
        text: `${failure.detail || "It received too many requests at once."} ${waitText(failure.retryAfter)}`,
      };
    case "over-budget":
      return {
        title: "Your account has requested too many new reports",
        text: `The page has tried again and was refused. ${waitText(failure.retryAfter)}`,
      };
    case "slow":
      return {
        title: "The report took too long",
        text: `${failure.detail || "It was stopped."} Choose fewer days above.`,
      };
    case "too-large":
      return {
        title: "The report is too large for one answer",
        text:
          failure.resellers.size > 1
            ? `${failure.detail} On this page: select one or a few resellers above.`
            : `${failure.detail} This page cannot show it. Programs can request some organizations at a time.`,
      };
    case "bill-too-large":
      return {
        title: "The month is too large for one answer",
        text: `${failure.detail} On this page: show the live report of the month for one or a few resellers at a time.`,
      };
    case "refused":
      return refusal(failure);
    case "forbidden":
      return {
        title: "Your account has no access",
        text: `${failure.detail || "The service does not accept this account."} Contact support, or sign in with another account.`,
      };
    case "not-found":
      return { title: "This report does not exist", text: failure.detail };
    case "damaged":
      return {
        title: "Stored billing data is damaged",
        text: withNumber(
          "It is not shown until it is repaired. The operator has been notified.",
          failure.requestId,
        ),
      };
    case "broken":
    default:
      return { title: "Something went wrong", text: withNumber(failure.detail, failure.requestId) };
  }
}

function withNumber(text: string, requestId: string | undefined): string {
  return requestId === undefined
    ? text
    : `${text} If you contact support, give them this number: ${requestId}`;
}

function waitText(retryAfter: number | undefined): string {
  return retryAfter === undefined ? "Try again." : `Try again in ${counted(retryAfter, "second")}.`;
}

function refusal({ detail, errors }: Extract<Failure, { kind: "refused" }>): Words {
  const general = generalErrors(errors).map(({ parameter, message }) => `${parameter}: ${message}`);
  const atField = general.length < errors.length ? ["Correct the marked field above."] : [];
  const parts = errors.length === 0 ? [detail] : [...atField, ...general];
  return { title: "These days cannot be shown", text: parts.join(" ") };
}
