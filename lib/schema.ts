import * as z from "zod/mini";

/** The schema of a text that a type guard accepts. */
export function textThat<Text extends string>(is: (text: string) => text is Text, message?: string) {
  return z.custom<Text>((value) => typeof value === "string" && is(value), message);
}
