import * as z from "zod";
import { PROBLEMS } from "../lib/errors.ts";
import { described, periodSchema } from "../lib/reports/documentation.ts";
import { organizationsSchema } from "../lib/reports/minutes-by-organization/documentation.ts";

/** A lower-case UUID, as answers contain it. */
const uuid = z.guid();
const int64 = z.int().meta({ override: { format: "int64" } });
const int32 = z.int().meta({ override: { format: "int32" } });
const seconds = int64.min(0);
const minutes = () =>
  z
    .number()
    .min(0)
    .meta({ override: { format: "double" } });

const revision = int32.min(1).max(9_999).meta({ description: "1 if the month was closed once." });
const as_of = z.string().meta({
  description: "The revision counts the records written before this instant (UTC).",
  override: { format: "date-time" },
});

/** The closed months. */
export const SnapshotList = z
  .object({
    data: z.array(
      z
        .object({
          period: z
            .string()
            .regex(/^[0-9]{4}-[0-9]{2}$/)
            .meta({ description: "The closed calendar month (UTC)." }),
          revision: revision.meta({ description: "The newest revision." }),
          as_of,
          revisions: z
            .array(
              z
                .object({
                  revision,
                  as_of,
                  changed: z.boolean().meta({
                    description: "Whether it changed a figure of the caller's resellers.",
                  }),
                })
                .meta({ id: "MonthRevision" }),
            )
            .meta({ description: "Every revision, the newest first." }),
        })
        .meta({ id: "ClosedMonth" }),
    ),
    damaged: z
      .array(z.string().regex(/^[0-9]{4}-[0-9]{2}$/))
      .optional()
      .meta({ description: "Months whose stored data is damaged; absent if there are none." }),
  })
  .meta({ id: "SnapshotList" });

const Adjustment = z
  .object({
    reseller_id: uuid,
    organization_id: uuid,
    agent_id: uuid,
    seconds_before: seconds.meta({ description: "In the previous revision; 0 if it had no such line." }),
    seconds_after: seconds.meta({ description: "In this revision; 0 if it has no such line." }),
    seconds_delta: int64.meta({ description: "`seconds_after` minus `seconds_before`." }),
  })
  .meta({ id: "Adjustment" });

const usage_lines = int32.min(0).meta({ description: "Lines of agents, to check that none is lost." });
const adjustment_lines = int32.min(0).meta({ description: "To check that none is lost." });
const adjustment_seconds = int64.meta({ description: "Negative if the revision has less usage." });
const adjustment_minutes = z.number().meta({
  description: "Rendered once from `adjustment_seconds`.",
  override: { format: "double" },
});

const MonthTotals = z
  .object({
    usage_lines,
    usage_seconds: seconds,
    usage_minutes: minutes().meta({ description: "Rendered once from `usage_seconds`." }),
    adjustment_lines,
    adjustment_seconds,
    adjustment_minutes,
  })
  .meta({
    id: "MonthTotals",
    description:
      "Computed from the rows of this answer only. The usage of a revision already contains its adjustments: do not add them.",
  });

const NamedAdjustment = z
  .object({
    organization_id: uuid,
    organization_name: z.string(),
    reseller_id: uuid,
    reseller_name: z.string(),
    agent_id: uuid,
    agent_name: z.string(),
    seconds_before: seconds.meta({ description: "In the previous revision; 0 if it had no such line." }),
    seconds_after: seconds.meta({ description: "In this revision; 0 if it has no such line." }),
    seconds_delta: int64.meta({ description: "`seconds_after` minus `seconds_before`." }),
    minutes_delta: z.number().meta({
      description: "Rendered from `seconds_delta`. Add up seconds, never these.",
      override: { format: "double" },
    }),
  })
  .meta({ id: "NamedAdjustment" });

/** Only the adjustments of a closed month. */
export const MonthAdjustments = z
  .object({
    data: z.array(NamedAdjustment).meta({
      description: "By reseller, organization and agent; empty in revision 1.",
    }),
    period: periodSchema(),
    revision,
    as_of,
    totals: z
      .object({ adjustment_lines, adjustment_seconds, adjustment_minutes })
      .meta({ id: "AdjustmentTotals", description: "Computed from the rows of this answer only." }),
  })
  .meta({ id: "MonthAdjustments" });

/** A closed month, cut down to the caller's resellers. */
export const Snapshot = z
  .object({
    data: described(organizationsSchema(), {
      description:
        "Every organization and agent of the report, as the directory was when the revision was made, with the figures of the revision. Revisions that the first release made list only those with calls.",
    }),
    period: periodSchema(),
    revision,
    as_of,
    adjustments: z.array(Adjustment).meta({
      description: "The differences from the previous revision; empty in revision 1.",
    }),
    totals: MonthTotals,
  })
  .meta({ id: "Snapshot" });

const codes = Object.keys(PROBLEMS);

const problem = {
  type: z.enum(codes.map((code) => `/problems/${code}`)).meta({
    description: "The kind of problem, stable, for programs.",
    // Generated clients name their constants after these. Without them openapi-python-client numbers the constants.
    "x-enum-varnames": codes.map((code) => code.toUpperCase()),
  }),
  title: z.string().meta({ description: "The kind of problem in words." }),
  status: int32.min(400).max(599),
  detail: z.string().meta({ description: "What happened to this request, and what to do." }),
  request_id: z.string().meta({ description: "Names the request for support; also in `x-request-id`." }),
};

/** Every error of the service itself, RFC 9457. */
export const Problem = z
  .object(problem)
  .meta({ id: "Problem", description: "A problem document (RFC 9457)." });

/** A 400. */
export const InvalidRequest = z
  .object({
    ...problem,
    errors: z
      .array(
        z
          .object({
            parameter: z.string().meta({
              description:
                "The parameter or member as the caller wrote it; empty for the request as a whole.",
            }),
            code: z.string().meta({ description: "Stable, for programs." }),
            message: z.string().meta({ description: "What to do." }),
          })
          .meta({ id: "RequestError" }),
      )
      .meta({ description: "Everything that is wrong with the request, at most 100 problems." }),
  })
  .meta({ id: "InvalidRequest", description: "A problem document (RFC 9457) that lists all problems." });

/** A 413, for a request or for its answer. */
export const TooLarge = z
  .object({
    ...problem,
    resellers: z
      .array(z.object({ reseller_id: uuid, reseller_name: z.string() }).meta({ id: "NamedReseller" }))
      .optional()
      .meta({ description: "If the answer was too large: the resellers whose figures it would contain." }),
  })
  .meta({ id: "TooLarge", description: "A problem document (RFC 9457) that says what to ask for in parts." });

/** An answer of the gateway itself. */
export const GatewayMessage = z.object({ message: z.string() }).meta({
  id: "GatewayMessage",
  description: "An answer of the gateway itself, before the service is reached.",
});

/**
 * An error status that both the gateway and the service use. Some generated clients read each answer of a status only
 * by its first media type (openapi-python-client does), so that type must describe both.
 */
export const EitherError = z.union([GatewayMessage, Problem]).meta({
  description: "The gateway's message if the gateway refused the request; else a problem document.",
});
