import { hash } from "node:crypto";

/** A repeatable random sequence: the same seed gives the same sequence on every machine. */
export interface Random {
  /** At least 0, below 1. */
  next(): number;
  /** A whole number, both bounds inclusive. */
  integer(least: number, most: number): number;
  /** One of the items. Throws for an empty list. */
  pick<T>(items: readonly T[]): T;
  /** Normally distributed: mean 0, standard deviation 1. */
  normal(): number;
  /** A lower-case UUID, version 4. */
  uuid(): string;
}

/** Creates the sequence of a seed: the sfc32 generator, with its state from the seed's hash. */
export function randomFrom(seed: string): Random {
  const state = Buffer.from(hash("sha256", seed), "hex");
  let a = state.readUInt32LE(0) | 0;
  let b = state.readUInt32LE(4) | 0;
  let c = state.readUInt32LE(8) | 0;
  let counter = 1;
  const word = (): number => {
    const sum = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + sum) | 0;
    return sum >>> 0;
  };
  const next = (): number => word() / 2 ** 32;
  return {
    next,
    integer: (least, most) => least + Math.floor(next() * (most - least + 1)),
    pick: (items) => {
      const item = items[Math.floor(next() * items.length)];
      if (item === undefined) throw new RangeError("nothing to pick from");
      return item;
    },
    normal: () => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next()),
    uuid: () => toUuid(word(), word(), word(), word()),
  };
}

/** Each 16 bits as four hexadecimal digits. For 300,000 ids `padStart` took a second. */
const HEX = Array.from({ length: 2 ** 16 }, (_, value) => value.toString(16).padStart(4, "0"));

function toUuid(a: number, b: number, c: number, d: number): string {
  const version = 0x4000 | (b & 0xfff);
  const variant = 0x8000 | ((c >>> 16) & 0x3fff);
  return `${hex(a >>> 16)}${hex(a)}-${hex(b >>> 16)}-${hex(version)}-${hex(variant)}-${hex(c)}${hex(d >>> 16)}${hex(d)}`;
}

function hex(bits: number): string {
  return HEX[bits & 0xffff] ?? "";
}
