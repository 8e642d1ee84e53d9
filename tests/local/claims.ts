/** The values of a token's reseller claim for tests of whole requests. */
import { NORTH, SOUTH } from "./fixture.ts";

type Case = readonly [name: string, claim: unknown];

/** Claims that make the whole scope invalid. */
export const MALFORMED_CLAIMS: readonly Case[] = [
  ["a wildcard", "*"],
  ["a wildcard among ids", [NORTH, "*"]],
  ["an invalid id", [NORTH, "not-a-uuid"]],
  ["a number", 7],
  ["true", true],
  ["an object", { reseller_ids: [NORTH] }],
  ["a nested array", [[NORTH]]],
  ["a null among ids", [NORTH, null]],
  ["a way up in a key", `${NORTH}/../${SOUTH}`],
  ["an unbalanced bracket", `[${NORTH}`],
  ["a list with an empty element", `${NORTH},,${SOUTH}`],
  ["a list without separators", NORTH + SOUTH],
  ["SQL", `${NORTH}') OR ('1'='1`],
];

/** Claims of a caller without resellers. */
export const NO_RESELLERS_CLAIMS: readonly Case[] = [
  ["missing", undefined],
  ["null", null],
  ["an empty text", ""],
  ["an empty array", []],
  ["the text of an empty array", "[]"],
];

/** The forms in which one reseller, or two, may arrive. */
export const WELL_FORMED_CLAIMS: readonly Case[] = [
  ["a text of one", NORTH],
  ["a text with commas", `${NORTH},${SOUTH}`],
  ["a text with blanks", `${NORTH} ${SOUTH}`],
  ["a JSON array as text", JSON.stringify([NORTH, SOUTH])],
  ["an array as the gateway renders it", `[${NORTH} ${SOUTH}]`],
  ["upper case", NORTH.toUpperCase()],
  ["the same twice", [NORTH, NORTH]],
];
