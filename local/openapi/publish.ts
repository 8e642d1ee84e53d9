import { readFile, writeFile } from "node:fs/promises";
import * as z from "zod";
import { hasCode } from "../command.ts";
import { changesBetween } from "./oasdiff.ts";
import { type Change, objectionTo } from "./publication.ts";

const versioned = z.looseObject({ info: z.looseObject({ version: z.string() }) });

/** A contract that may not take the published one's place; `message` says why, and what to do. */
export class PublicationRefused extends Error {}

/**
 * Writes a contract where the published one is, or where there is none yet.
 *
 * @returns what clients of the published one see change
 * @throws PublicationRefused, with nothing written, where clients of the published one would meet a change that
 *   its version does not tell
 */
export async function publish(path: string, document: unknown): Promise<readonly Change[]> {
  let changes: readonly Change[] = [];
  const published = await readIfThere(path);
  if (published !== undefined) {
    const before = versioned.parse(JSON.parse(published));
    const after = versioned.parse(document);
    changes = await changesBetween(before, after);
    const objection = objectionTo(changes, before.info.version, after.info.version);
    if (objection !== undefined) throw new PublicationRefused(objection);
  }
  await writeFile(path, `${JSON.stringify(document, null, 2)}\n`);
  return changes;
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if (hasCode(error, "ENOENT")) return undefined;
    throw error;
  }
}
