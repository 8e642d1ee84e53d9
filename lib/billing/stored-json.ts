import type * as z from "zod/mini";
import { SnapshotError } from "./snapshot-error.ts";

/**
 * Parses the bytes of a stored JSON object.
 *
 * @param message of the error
 * @throws SnapshotError `snapshot_damaged` if the bytes are not UTF-8, not JSON, or do not match the schema
 */
export function parseStored<Schema extends z.ZodMiniType>(
  schema: Schema,
  bytes: Uint8Array,
  message: string,
): z.output<Schema> {
  try {
    return schema.parse(JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes)));
  } catch (cause) {
    throw new SnapshotError("snapshot_damaged", message, { cause });
  }
}
