import Negotiator from "negotiator";
import { ServiceError } from "../errors.ts";

/** The formats of a report. */
export type ReportFormat = "application/json" | "text/csv";

const FORMATS = ["application/json", "text/csv"] as const;

/**
 * The format that the caller prefers; JSON where it has no preference.
 *
 * @param formats those that there are, the preferred one first
 * @throws ServiceError `not_acceptable` when `accept` admits none of them
 */
export function negotiateFormat(
  accept: string | undefined,
  formats: readonly ReportFormat[] = FORMATS,
): ReportFormat {
  // A parameter of a media type, such as a charset, does not make it another format; only `q` weighs.
  const types = (accept || "*/*").replace(/;\s*(?!q\s*=)[^;,]*/gi, "");
  const preferred = new Negotiator({ headers: { accept: types } }).mediaType([...formats]);
  const format = formats.find((known) => known === preferred);
  if (format === undefined) {
    throw new ServiceError(
      "not_acceptable",
      formats.length === 1
        ? `The answer comes as ${formats.join()}; accept that.`
        : `The report comes as ${formats.join(" or ")}; accept one of them.`,
    );
  }
  return format;
}

/** Whether the caller takes gzip. */
export function acceptsGzip(acceptEncoding: string | undefined): boolean {
  return new Negotiator({ headers: { "accept-encoding": acceptEncoding } })
    .encodings(["gzip"])
    .includes("gzip");
}
