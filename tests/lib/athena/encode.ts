/** Encodes a result as Athena does: every value in quotes, NULL an empty field without them, each line ended. */
export function encodeResultCsv(lines: Iterable<readonly (string | null)[]>): string {
  return Array.from(lines, (cells) => `${cells.map(encodeCell).join(",")}\n`).join("");
}

function encodeCell(cell: string | null): string {
  return cell === null ? "" : `"${cell.replaceAll('"', '""')}"`;
}

/** Cuts the bytes at these offsets, as far as they are valid. */
export async function* inPieces(bytes: Uint8Array, ends: Iterable<number>): AsyncGenerator<Uint8Array> {
  let start = 0;
  for (const end of [...ends].toSorted((a, b) => a - b)) {
    if (end >= bytes.byteLength) break;
    yield bytes.subarray(start, end);
    start = end;
  }
  yield bytes.subarray(start);
}
