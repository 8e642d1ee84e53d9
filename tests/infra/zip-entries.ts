import { readFileSync } from "node:fs";

const CENTRAL_FILE_HEADER = Buffer.from("PK\u0001\u0002", "latin1");

/** The names of the files in a zip, read from its central directory (APPNOTE.TXT 4.3.12). */
export function zipEntries(file: string): string[] {
  const bytes = readFileSync(file);
  const names: string[] = [];
  let at = bytes.readUInt32LE(bytes.lastIndexOf(Buffer.from("PK\u0005\u0006", "latin1")) + 16);
  while (bytes.subarray(at, at + 4).equals(CENTRAL_FILE_HEADER)) {
    const [name, extra, comment] = [28, 30, 32].map((field) => bytes.readUInt16LE(at + field));
    if (name === undefined || extra === undefined || comment === undefined) break;
    names.push(bytes.toString("utf8", at + 46, at + 46 + name));
    at += 46 + name + extra + comment;
  }
  return names;
}
