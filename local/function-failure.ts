import * as z from "zod";
import { FunctionError } from "./lambda/function.ts";

const failureLine = z.object({
  level: z.literal("error"),
  code: z.string(),
  detail: z.string(),
  causes: z.array(z.object({ name: z.string(), message: z.string() })).default([]),
  query_execution_id: z.string().optional(),
});

/** Remembers from a function's log why a run failed, and explains it to a person. */
export function failureReader() {
  let failure: z.infer<typeof failureLine> | undefined;
  let rest = "";
  return {
    /** Receives the function's log, in pieces of any length. */
    read: (text: string) => {
      const lines = (rest + text).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines.filter((some) => some.startsWith("{"))) {
        failure = failureLine.safeParse(JSON.parse(line)).data ?? failure;
      }
    },
    /** Renders an error: the code, the causes and the execution of a run; undefined for any other error. */
    describe: (error: unknown): string | undefined => {
      if (!(error instanceof FunctionError)) return undefined;
      if (failure === undefined) return error.message;
      const { code, detail, causes, query_execution_id: execution } = failure;
      return [
        `${code}: ${detail}`,
        ...causes.map(({ name, message }) => `  cause: ${name}: ${message}`),
        ...(execution === undefined ? [] : [`  query_execution_id: ${execution}`]),
      ].join("\n");
    },
  };
}
