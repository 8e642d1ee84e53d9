import { EngineError } from "./engine.ts";

/** A quoted string or name, a comment, or a placeholder. A `?` inside the others is not a placeholder. */
const TOKEN = /'(?:[^']|'')*'|"(?:[^"]|"")*"|--[^\n]*|\/\*[\s\S]*?\*\/|\?/g;

/**
 * Replaces each `?` with its parameter, an SQL expression, as Athena does with ExecutionParameters.
 * https://docs.aws.amazon.com/athena/latest/ug/querying-with-prepared-statements.html
 *
 * @throws EngineError if the numbers of parameters and placeholders differ
 */
export function withExpressions(sql: string, parameters: readonly string[]): string {
  let places = 0;
  const text = sql.replace(TOKEN, (token) => {
    if (token !== "?") return token;
    places += 1;
    return parameters[places - 1] ?? token;
  });
  if (places !== parameters.length) {
    throw new EngineError(
      `Incorrect number of parameters: expected ${places} but found ${parameters.length}`,
    );
  }
  return text;
}
