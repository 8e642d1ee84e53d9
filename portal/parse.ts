/**
 * Checks JSON by hand where it enters. A schema library would add a tenth to the page's size, and it tries `eval`, which
 * the page's policy forbids.
 */

/** JSON that does not match the API's contract. */
export class UnexpectedAnswer extends Error {}

type Json = Readonly<Record<string, unknown>>;

function refuse(expected: string): never {
  throw new UnexpectedAnswer(`expected ${expected}`);
}

/** @throws UnexpectedAnswer for anything but an object */
export function record(value: unknown): Json {
  return isRecord(value) ? value : refuse("an object");
}

/** @throws UnexpectedAnswer for anything but text */
export function text(value: unknown): string {
  return typeof value === "string" ? value : refuse("text");
}

/** @throws UnexpectedAnswer for anything but a number from 0 */
export function amount(value: unknown): number {
  return typeof value === "number" && value >= 0 ? value : refuse("a number from 0");
}

/** @throws UnexpectedAnswer for anything but a whole number that is exact */
export function whole(value: unknown): number {
  return Number.isSafeInteger(value) && typeof value === "number" ? value : refuse("a whole number");
}

/** @throws UnexpectedAnswer for anything but a list of what `each` reads */
export function list<T>(value: unknown, each: (item: unknown) => T): T[] {
  return Array.isArray(value) ? value.map((item) => each(item)) : refuse("a list");
}

/** @throws UnexpectedAnswer for anything but an object of texts */
export function texts(value: unknown): Record<string, string> {
  return Object.fromEntries(Object.entries(record(value)).map(([name, member]) => [name, text(member)]));
}

/** The value if it is text, otherwise undefined. */
export function optionalText(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

function isRecord(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
