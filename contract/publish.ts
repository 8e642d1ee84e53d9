import { readFile, writeFile } from "node:fs/promises";
import * as z from "zod";
import { hasCode } from "../local/command.ts";
import { changesBetween } from "./oasdiff.ts";
import { type Change, objectionTo } from "./publication.ts";

const versioned = z.looseObject({ info: z.looseObject({ version: z.string() }) });

/** The contract must not replace the published one; `message` says why, and what to do. */
export class PublicationRefused extends Error {}

/**
 * Writes a contract to the place of the published one, or as the first one.
 *
 * @returns the changes that clients of the published one see
 * @throws PublicationRefused, with nothing written, if the version does not reflect the changes for clients
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
