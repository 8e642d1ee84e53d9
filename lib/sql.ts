/**
 * A string as an SQL literal. Athena's ExecutionParameters are SQL expressions, so a value must arrive
 * quoted; within the quotes only the quote itself is special (a backslash is data).
 */
export function stringLiteral(value: string): string {
  return `'${value.replaceAll("'", "''")}'`;
}

/** A piece of SQL text and the expressions for its `?`, in order. */
export interface Fragment {
  readonly text: string;
  readonly parameters: readonly string[];
}

/**
 * `<column> IN (?, ?, …)`: the text depends only on how many values there are.
 *
 * @throws RangeError for no values: an empty list is for the caller to decide, never "everything"
 */
export function isOneOf(column: string, values: readonly string[]): Fragment {
  if (values.length === 0) throw new RangeError(`no values for ${column}`);
  return {
    text: `${column} IN (${values.map(() => "?").join(", ")})`,
    parameters: values.map(stringLiteral),
  };
}

/** All conditions together: `a AND b`. */
export function and(...conditions: readonly Fragment[]): Fragment {
  return {
    text: conditions.map((condition) => condition.text).join(" AND "),
    parameters: conditions.flatMap((condition) => condition.parameters),
  };
}

/**
 * SQL with fragments in its gaps, their parameters in the order of the text, so that a `?` and its value
 * cannot drift apart. Plain strings cannot be put in a gap.
 */
export function sql(strings: TemplateStringsArray, ...gaps: readonly Fragment[]): Fragment {
  return {
    text: strings.map((part, index) => part + (gaps[index]?.text ?? "")).join(""),
    parameters: gaps.flatMap((gap) => gap.parameters),
  };
}

/** SQL text without parameters, from constants of this code or from literals that were made here; never from input. */
export function plain(text: string): Fragment {
  return { text, parameters: [] };
}
