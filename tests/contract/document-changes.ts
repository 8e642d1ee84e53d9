import * as z from "zod";

/** Returns a changed copy of a document. */
export type DocumentChange = (document: unknown) => unknown;

/** Applies changes one after the other. */
export function both(...changes: readonly DocumentChange[]): DocumentChange {
  return (document) => changes.reduce((changed, change) => change(changed), document);
}

/** Removes the value at a path. */
export function without(path: readonly string[]): DocumentChange {
  return replaced(path, (value) => {
    if (value === undefined) throw new Error(`${path.join(" ")} is not there`);
    return undefined;
  });
}

/**
 * Sets the value at a path in a copy. In a list, a step is the name of a parameter. An undefined value removes the
 * member.
 */
export function replaced(path: readonly string[], change: (value: unknown) => unknown): DocumentChange {
  const [step, ...rest] = path;
  if (step === undefined) return change;
  const inner = replaced(rest, change);
  return (node) => {
    if (Array.isArray(node)) {
      if (!node.some((item) => isNamed(item, step))) throw new Error(`${step} is not there`);
      return node.map((item: unknown) => (isNamed(item, step) ? inner(item) : item));
    }
    if (typeof node !== "object" || node === null) throw new Error(`${step} is not there`);
    return { ...node, [step]: inner(Reflect.get(node, step)) };
  };
}

/** @throws ZodError unless it is a list */
export function list(value: unknown): unknown[] {
  return z.array(z.unknown()).parse(value);
}

export function isNamed(value: unknown, name: string): boolean {
  return typeof value === "object" && value !== null && "name" in value && value.name === name;
}
