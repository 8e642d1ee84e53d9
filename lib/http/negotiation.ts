import Negotiator from "negotiator";
import { ServiceError } from "../errors.ts";

/** The formats of a report. */
export type ReportFormat = "application/json" | "text/csv";

const FORMATS: readonly ReportFormat[] = ["application/json", "text/csv"];

/**
 * The format that the caller prefers; JSON where it has no preference.
 *
 * @throws ServiceError `not_acceptable` when `accept` admits neither
 */
export function negotiateFormat(accept: string | undefined): ReportFormat {
  // A parameter of a media type, such as a charset, does not make it another format; only `q` weighs.
  const types = (accept || "*/*").replace(/;\s*(?!q\s*=)[^;,]*/gi, "");
  const preferred = new Negotiator({ headers: { accept: types } }).mediaType([...FORMATS]);
  const format = FORMATS.find((known) => known === preferred);
  if (format === undefined) {
    throw new ServiceError(
      "not_acceptable",
      `The report comes as ${FORMATS.join(" or ")}; accept one of them.`,
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
