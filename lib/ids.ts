declare const uuid: unique symbol;

/** A UUID of any version, in lower case: 8-4-4-4-12 hexadecimal digits. */
export type Uuid = string & { readonly [uuid]: true };

const FORM = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** Whether the text is a UUID in lower case, as the lake holds them. */
export function isUuid(text: string): text is Uuid {
  return text.length === 36 && FORM.test(text);
}

/** The UUID in lower case, or undefined where the text is none. Nothing is trimmed. */
export function parseUuid(text: string): Uuid | undefined {
  const lower = text.toLowerCase();
  return isUuid(lower) ? lower : undefined;
}

/** Each id once, in the order of its code units: the same set gives the same list. */
export function distinct(ids: Iterable<Uuid>): Uuid[] {
  return [...new Set(ids)].sort();
}
