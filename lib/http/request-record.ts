import type { ServiceError } from "../errors.ts";
import { causesOf, embeddedMetrics } from "../log.ts";
import type { ExecutionFacts } from "../query.ts";
import { METRICS } from "./metrics.ts";

/** The stages that the function times itself; Athena reports the others. */
type Stage = "validate" | "fold" | "respond";

/** What the log may know of a request: never a token, a claim, an id from a filter or a customer's name. */
interface RequestFacts extends ExecutionFacts {
  readonly requestId: string;
  readonly functionName: string;
  readonly method?: string;
  /** A keyed hash of the token's subject. */
  readonly caller?: string;
  /** The name of the requested report. */
  readonly report?: string;
  readonly missingResellerClaim?: boolean;
  /** Days of the report that are in the rollup. */
  readonly rolledDays?: number;
  /** Why the rollup was not used. */
  readonly rollupFallback?: ServiceError;
  /** Why the partner's budget could not be asked. */
  readonly budgetUnavailable?: ServiceError;
  /** How an answer was reused: the caller had it already, or it was stored. */
  readonly reuse?: "not_modified" | "stored";
  /** Why an answer could not be reused or stored, although it might have been. */
  readonly reuseFailure?: ServiceError;
}

/** Collects the facts of a request, and writes them as one line of JSON when it has ended. */
export interface RequestRecord {
  readonly facts: Readonly<RequestFacts>;
  /** Adds facts. The next stage is timed from here. */
  readonly add: (facts: Partial<RequestFacts>) => void;
  /** Ends a stage. Each stage begins where the one before it ended. */
  readonly end: (stage: Stage) => void;
  /** Writes the line, after the request is answered. */
  readonly line: (
    answer: { readonly status: number; readonly bytes: number },
    error?: ServiceError,
  ) => string;
}

/** @param now the present instant, milliseconds since 1970 */
export function startRecord(first: RequestFacts, now: () => number): RequestRecord {
  const startedAt = now();
  let stageAt = startedAt;
  let facts = first;
  const stages: Partial<Record<Stage, number>> = {};
  return {
    get facts() {
      return facts;
    },
    add: (more) => {
      const chargedBytes = (facts.chargedBytes ?? 0) + (more.chargedBytes ?? 0);
      facts = { ...facts, ...more, chargedBytes };
      stageAt = now();
    },
    end: (stage) => {
      stages[stage] = now() - stageAt;
      stageAt = now();
    },
    line: ({ status, bytes }, error) => {
      const endedAt = now();
      const isUnavailable = error?.code === "engine_unavailable";
      const isTimeout = error?.code === "engine_timeout";
      return JSON.stringify({
        level: status >= 500 ? "error" : "info",
        message: "request",
        time: new Date(endedAt).toISOString(),
        request_id: facts.requestId,
        method: facts.method,
        caller: facts.caller,
        status,
        ...(error && { code: error.code, causes: causesOf(error, status >= 500) }),
        ...(facts.rollupFallback && { rollup_fallback: causesOf(facts.rollupFallback, false) }),
        ...(facts.budgetUnavailable && { budget_unavailable: causesOf(facts.budgetUnavailable, false) }),
        ...(facts.reuseFailure && { reuse_failure: causesOf(facts.reuseFailure, false) }),
        query_execution_id: facts.queryExecutionId,
        ...embeddedMetrics(
          METRICS,
          {
            Requests: 1,
            ClientErrors: Number(status >= 400 && status < 500),
            ServerErrors: Number(status >= 500),
            InternalErrors: Number(status >= 500 && !isUnavailable && !isTimeout),
            EngineUnavailable: Number(isUnavailable),
            EngineTimeout: Number(isTimeout),
            MissingResellerClaim: Number(facts.missingResellerClaim === true),
            UnknownAccounts: Number(error?.code === "unknown_account"),
            BudgetRefusals: Number(error?.code === "too_many_queries"),
            BudgetUnavailable: Number(facts.budgetUnavailable !== undefined),
            RollupFallbacks: Number(facts.rollupFallback !== undefined),
            RolledDays: facts.rolledDays,
            NotModified: facts.reuse === "not_modified" ? 1 : undefined,
            StoredAnswers: facts.reuse === "stored" ? 1 : undefined,
            ReuseFailures: facts.reuseFailure === undefined ? undefined : 1,
            TotalTime: endedAt - startedAt,
            ValidateTime: stages.validate,
            QueueTime: facts.queueMs,
            RunTime: facts.runMs,
            ReadTime: facts.readMs,
            FoldTime: stages.fold,
            RespondTime: stages.respond,
            BytesScanned: facts.bytesScanned,
            ChargedBytes: facts.chargedBytes,
            Rows: facts.rows,
            Executions: facts.executions,
            ResponseBytes: bytes,
          },
          facts.functionName,
          endedAt,
          facts.report === undefined ? {} : { Report: facts.report },
        ),
      });
    },
  };
}
