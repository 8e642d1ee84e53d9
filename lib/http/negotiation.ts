import Negotiator from "negotiator";
import { ServiceError } from "../errors.ts";

/** The formats of a report. */
export type ReportFormat = "application/json" | "text/csv";

const FORMATS = ["application/json", "text/csv"] as const;

/**
 * Returns the format that the caller prefers, or the first one.
 *
 * @param formats the available formats, the preferred one first
 * @throws ServiceError `not_acceptable` if `accept` allows none of them
 */
export function negotiateFormat(
  accept: string | undefined,
  formats: readonly ReportFormat[] = FORMATS,
): ReportFormat {
  // Parameters of a media type, such as a charset, do not change the format; only `q` is a weight.
  const types = (accept || "*/*").replace(/;\s*(?!q\s*=)[^;,]*/gi, "");
  const preferred = new Negotiator({ headers: { accept: types } }).mediaType([...formats]);
  const format = formats.find((known) => known === preferred);
  if (format === undefined) {
    throw new ServiceError(
      "not_acceptable",
      formats.length === 1
        ? `The answer is available as ${formats.join()}. Accept that format.`
        : `The report is available as ${formats.join(" or ")}. Accept one of these formats.`,
    );
  }
  return format;
}

/** Whether the caller accepts gzip. */
export function acceptsGzip(acceptEncoding: string | undefined): boolean {
  return new Negotiator({ headers: { "accept-encoding": acceptEncoding } })
    .encodings(["gzip"])
    .includes("gzip");
}
