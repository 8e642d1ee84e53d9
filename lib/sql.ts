/**
 * Renders a string as an SQL literal. Athena's ExecutionParameters are SQL expressions, so a value must arrive
 * quoted. Within the quotes only the quote itself is special (a backslash is data).
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
 * Renders `<column> IN (?, ?, …)`. The text depends only on the number of values.
 *
 * @throws RangeError for an empty list: the caller must decide what it means, and it never means "everything"
 */
export function isOneOf(column: string, values: readonly string[]): Fragment {
  if (values.length === 0) throw new RangeError(`no values for ${column}`);
  return {
    text: `${column} IN (${values.map(() => "?").join(", ")})`,
    parameters: values.map(stringLiteral),
  };
}

/** Joins all conditions: `a AND b`. */
export function and(...conditions: readonly Fragment[]): Fragment {
  return {
    text: conditions.map((condition) => condition.text).join(" AND "),
    parameters: conditions.flatMap((condition) => condition.parameters),
  };
}

/**
 * Builds SQL from a template with fragments in its gaps. Parameters are in the order of the text, so that each `?`
 * matches its value. Plain strings are not allowed in gaps.
 */
export function sql(strings: TemplateStringsArray, ...gaps: readonly Fragment[]): Fragment {
  return {
    text: strings.map((part, index) => part + (gaps[index]?.text ?? "")).join(""),
    parameters: gaps.flatMap((gap) => gap.parameters),
  };
}

/** Makes a fragment without parameters, from constants of this code or from literals made here; never from input. */
export function plain(text: string): Fragment {
  return { text, parameters: [] };
}
