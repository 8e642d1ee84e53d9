/** A difference between two versions of the contract that a client can see. */
export interface Change {
  /** The place and the kind of the change. */
  readonly text: string;
  /** Whether a client of the older version could fail with the newer one. */
  readonly breaks: boolean;
}

/**
 * Returns why a contract must not replace the published one; undefined if it may.
 *
 * A breaking change needs a greater major number, which shows that it is intended. Any other change needs a greater
 * version. Descriptions and examples may change freely.
 *
 * @param published the published version, as semver
 * @param fresh the version to be published
 */
export function objectionTo(
  changes: readonly Change[],
  published: string,
  fresh: string,
): string | undefined {
  const order = compare(fresh, published);
  if (order < 0) return `The published version is ${published}; ${fresh} is older.`;
  const breaking = changes.filter(({ breaks }) => breaks);
  if (breaking.length > 0 && numbers(fresh)[0] === numbers(published)[0]) {
    return objection("would break clients", "first", breaking, published);
  }
  if (changes.length > 0 && order === 0) {
    return objection("are new to clients", "second", changes, published);
  }
  return undefined;
}

function objection(what: string, number: string, changes: readonly Change[], published: string): string {
  const list = changes.map(({ text }) => `  ${text}\n`).join("");
  return `The contract has changes that ${what}:\n${list}Undo them. If they are intended, raise the ${number} number of VERSION in contract/document.ts (published: ${published}).`;
}

/** @throws Error unless it consists of three numbers */
function numbers(version: string): readonly number[] {
  if (!/^\d+\.\d+\.\d+$/.test(version)) throw new Error(`${version} is not a version`);
  return version.split(".").map(Number);
}

function compare(a: string, b: string): number {
  const others = numbers(b);
  return numbers(a)
    .map((number, place) => number - (others[place] ?? 0))
    .reduce((order, difference) => order || difference);
}
