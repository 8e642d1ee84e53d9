import * as z from "zod/mini";
import { type RequestError, ServiceError } from "../errors.ts";
import { distinct, isUuid, type Uuid } from "../ids.ts";
import { type Day, daysIn, isDay, type Period } from "../period.ts";
import { textThat } from "../schema.ts";

/** What every request for a report contains. Lists contain each id once; an omitted list is undefined. */
export interface ReportRequest {
  readonly start_date: Day;
  readonly end_date: Day;
  readonly reseller_ids?: readonly Uuid[] | undefined;
}

/** The schema of a report's parameters, the same in a query string and in a body. Names of lists end in `_ids`. */
export interface ReportParameters<Request extends ReportRequest = ReportRequest>
  extends z.ZodMiniType<Request> {
  readonly shape: Readonly<Record<string, z.core.$ZodType>>;
}

/** The limits that the deployer sets. */
export interface RequestLimits {
  /** The lake's first UTC day. */
  readonly earliestDate: Day;
  /** The longest range, in days. */
  readonly maxRangeDays: number;
}

/** The most different ids in a filter. */
export const MAX_IDS = 1_000;

/** The most problems in an answer: a malformed body must not make an answer larger than itself. */
const MAX_ERRORS = 100;

const day = z.pipe(z.string().check(z.regex(/^[0-9]{4}-[0-9]{2}-[0-9]{2}$/)), textThat(isDay));

const ids = z
  .pipe(
    z.array(z.pipe(z.guid().check(z.toLowerCase()), textThat(isUuid))).check(z.minLength(1)),
    z.transform((found: Uuid[]) => distinct(found)),
  )
  .check(z.refine((found) => found.length <= MAX_IDS));

/** The parts from which reports build their parameters. */
export const PARAMETERS = {
  start_date: day,
  end_date: day,
  agent_ids: ids,
  organization_ids: z.optional(ids),
  reseller_ids: z.optional(ids),
} as const;

/** The names of a report's parameters, in order. */
export function namesOf({ shape }: Pick<ReportParameters, "shape">): string[] {
  return Object.keys(shape);
}

/** Whether a parameter takes a list of UUIDs; all others take a day. */
export function isList(name: string): boolean {
  return name.endsWith("_ids");
}

/**
 * Validates what a caller sent in the query string or the body.
 *
 * @param found problems found while reading; listed with the others
 * @throws ServiceError `invalid_request` with every problem of the request
 */
export function validateRequest<Request extends ReportRequest>(
  parameters: ReportParameters<Request>,
  stated: unknown,
  limits: RequestLimits,
  found: readonly RequestError[] = [],
): Request {
  const result = parameters.safeParse(stated);
  const names = namesOf(parameters);
  const broken = new Set(found.map((error) => error.parameter));
  const errors = [
    ...found,
    ...toRequestErrors(result.error?.issues ?? [], stated, names).filter(
      (error) => !broken.has(error.parameter),
    ),
    ...rangeErrors(stated, limits),
  ];
  if (errors.length > 0 || !result.success) throw invalidRequest(errors);
  return result.data;
}

/** Returns the days that a request asks for. */
export function periodOf({ start_date, end_date }: ReportRequest): Period {
  return { start: start_date, end: end_date };
}

/** Creates the 400 that lists the problems. */
export function invalidRequest(errors: readonly RequestError[]): ServiceError {
  return new ServiceError("invalid_request", "Correct what `errors` lists and send the request again.", {
    errors: errors.slice(0, MAX_ERRORS),
  });
}

/** Checks the dates together, as far as they are dates. Reported in addition to all other problems. */
function rangeErrors(stated: unknown, { earliestDate, maxRangeDays }: RequestLimits): RequestError[] {
  const start = day.safeParse(member(stated, "start_date")).data;
  const end = day.safeParse(member(stated, "end_date")).data;
  const errors: RequestError[] = [];
  if (start !== undefined && start < earliestDate) {
    const message = `The data begins on ${earliestDate}; start there or later.`;
    errors.push({ parameter: "start_date", code: "before_earliest_date", message });
  }
  if (start === undefined || end === undefined) return errors;
  if (start > end) {
    const message = "end_date is before start_date; both days are included in the range.";
    errors.push({ parameter: "end_date", code: "end_before_start", message });
  } else if (daysIn({ start, end }) > maxRangeDays) {
    const message = `The range is longer than ${maxRangeDays} days. Ask for fewer days in each request.`;
    errors.push({ parameter: "end_date", code: "range_too_long", message });
  }
  return errors;
}

/** What a schema's issues say of the members of a request: one problem a member, then the unknown names. */
export function toRequestErrors(
  issues: readonly z.core.$ZodIssue[],
  stated: unknown,
  names: readonly string[],
): RequestError[] {
  if (issues.some(({ path, code }) => path.length === 0 && code === "invalid_type")) {
    return [
      { parameter: "", code: "invalid_body", message: "Send a JSON object with start_date and end_date." },
    ];
  }
  const known = names.flatMap((parameter) => {
    const met = issues.filter(({ path }) => path[0] === parameter);
    return met.length === 0 ? [] : [{ parameter, ...problemOf(parameter, member(stated, parameter), met) }];
  });
  const unknown = issues.flatMap((issue) => (issue.code === "unrecognized_keys" ? issue.keys : []));
  return [...known, ...unknown.map((name) => unknownParameter(name, names))];
}

/** Describes the problem of one member: one problem, however many issues its elements have. */
function problemOf(parameter: string, value: unknown, issues: readonly z.core.$ZodIssue[]) {
  const form = isList(parameter) ? "an array of UUIDs" : "a day as YYYY-MM-DD";
  if (value === undefined) return { code: "required", message: `${parameter} is required: ${form}.` };
  if (isList(parameter) ? !Array.isArray(value) : typeof value !== "string") {
    return { code: "invalid_type", message: `${parameter} must be ${form}.` };
  }
  if (!Array.isArray(value)) return { code: "invalid_date", message: "Give a calendar day as YYYY-MM-DD." };
  if (value.length === 0 || (value.length === 1 && value[0] === "")) {
    return { code: "empty", message: "Name at least one UUID, or leave the filter out." };
  }
  const places = issues.flatMap(({ path }) => (typeof path[1] === "number" ? [path[1] + 1] : []));
  if (places.length > 0) return { code: "invalid_uuid", message: notUuids(places) };
  const message = `Name at most ${MAX_IDS} different UUIDs. Ask for the rest in another request.`;
  return { code: "too_many", message };
}

/** The problem of an unknown parameter. */
export function unknownParameter(name: string, names: readonly string[]): RequestError {
  const known = names.length === 0 ? "This address takes none." : `The parameters are ${names.join(", ")}.`;
  const message = `There is no such parameter. ${known}`;
  return { parameter: name.slice(0, 200), code: "unknown_parameter", message };
}

function notUuids(places: readonly number[]): string {
  const more = places.length > 10 ? ` and ${places.length - 10} more` : "";
  return `Not a UUID: item ${places.slice(0, 10).join(", ")}${more}. A UUID has 8-4-4-4-12 hexadecimal digits.`;
}

function member(stated: unknown, name: string): unknown {
  return isRecord(stated) ? stated[name] : undefined;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}
