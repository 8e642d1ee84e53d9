import { readFileSync } from "node:fs";
import { inflateRawSync } from "node:zlib";

const CENTRAL_FILE_HEADER = Buffer.from("PK\u0001\u0002", "latin1");
const END_OF_CENTRAL_DIRECTORY = Buffer.from("PK\u0005\u0006", "latin1");

/** The files of a zip by name, from its central directory (APPNOTE.TXT 4.3.7 and 4.3.12). */
export function zipEntries(file: string): Map<string, Buffer> {
  const bytes = readFileSync(file);
  const entries = new Map<string, Buffer>();
  let at = bytes.readUInt32LE(bytes.lastIndexOf(END_OF_CENTRAL_DIRECTORY) + 16);
  while (bytes.subarray(at, at + 4).equals(CENTRAL_FILE_HEADER)) {
    const uint16 = (field: number) => bytes.readUInt16LE(at + field);
    const [isDeflated, nameLength] = [uint16(10) === 8, uint16(28)];
    const name = bytes.toString("utf8", at + 46, at + 46 + nameLength);
    const header = bytes.readUInt32LE(at + 42);
    const start = header + 30 + bytes.readUInt16LE(header + 26) + bytes.readUInt16LE(header + 28);
    const stored = bytes.subarray(start, start + bytes.readUInt32LE(at + 20));
    entries.set(name, isDeflated ? inflateRawSync(stored) : stored);
    at += 46 + nameLength + uint16(30) + uint16(32);
  }
  return entries;
}
