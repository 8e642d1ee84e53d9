import type { Query } from "../../../lib/query.ts";

/** A condition of a query and the values of its `?`, without quotes. */
export interface Condition {
  readonly column: string;
  readonly values: readonly string[];
}

/**
 * The conditions of a query, each `?` with its value, in the order of the text.
 *
 * @throws if a `?` is outside a condition, a value is not a string literal, or the numbers of both differ
 */
export function conditionsOf({ text, parameters }: Pick<Query<unknown>, "text" | "parameters">): Condition[] {
  const values = parameters.map(unquoted);
  let taken = 0;
  const conditions = Array.from(text.matchAll(/(\w+) (?:IN \(\?((?:, \?)*)\)|[<>]=? \?)/g), (match) => {
    const [, column = "", more = ""] = match;
    const count = 1 + more.length / 3;
    taken += count;
    return { column, values: values.slice(taken - count, taken) };
  });
  const marks = text.split("?").length - 1;
  if (marks !== taken || parameters.length !== taken) {
    throw new Error(
      `${marks} placeholders, ${taken} of them in conditions, for ${parameters.length} parameters`,
    );
  }
  return conditions;
}

/** Every value with which a query compares the column. */
export function valuesFor(column: string, query: Pick<Query<unknown>, "text" | "parameters">): Set<string> {
  return new Set(
    conditionsOf(query)
      .filter((condition) => condition.column === column)
      .flatMap((condition) => condition.values),
  );
}

function unquoted(literal: string): string {
  if (!/^'(?:[^']|'')*'$/.test(literal)) throw new Error("a parameter that is not a string literal");
  return literal.slice(1, -1).replaceAll("''", "'");
}
