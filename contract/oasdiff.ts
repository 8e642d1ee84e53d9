import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as z from "zod";
import { runCommand } from "../local/command.ts";
import { installGoProgram } from "./go-program.ts";
import type { Change } from "./publication.ts";

/**
 * Changes that oasdiff only notes but that break clients. Generators name methods after operation ids and types after
 * schemas. A client may branch on a status or read a header that was removed.
 * https://github.com/oasdiff/oasdiff/blob/main/docs/BREAKING-CHANGES.md
 */
const BREAKING_TOO = [
  "api-operation-id-removed",
  "api-schema-removed",
  "optional-response-header-removed",
  "response-non-success-status-removed",
];

/** oasdiff's levels: 1 is a note, 2 may break a client, 3 breaks one. */
const WARNING = 2;

const changelog = z.array(
  z.object({
    id: z.string(),
    text: z.string(),
    level: z.int(),
    operation: z.string().default(""),
    path: z.string().default(""),
  }),
);

/** Builds oasdiff, once, and returns the path of the program. */
export function installOasdiff(): Promise<string> {
  return installGoProgram({
    name: "oasdiff",
    module: "github.com/oasdiff/oasdiff",
    package: "github.com/oasdiff/oasdiff",
    version: "v1.36.0",
    checksum: "h1:QjhtbDbtjUu46SK1rJaw0lzothtxwieN6lPplCXg5YM=",
    go: "1.26",
  });
}

/** Lists the changes between two OpenAPI documents that a client can see: not descriptions, not examples. */
export async function changesBetween(published: unknown, fresh: unknown): Promise<Change[]> {
  const oasdiff = await installOasdiff();
  const directory = await mkdtemp(join(tmpdir(), "oasdiff-"));
  try {
    const levels = BREAKING_TOO.map((id) => `${id} warn\n`).join("");
    await writeFile(join(directory, "levels.txt"), levels);
    await writeFile(join(directory, "published.json"), JSON.stringify(published));
    await writeFile(join(directory, "fresh.json"), JSON.stringify(fresh));
    const files = ["published.json", "fresh.json", "--severity-levels", "levels.txt"];
    const output = await runCommand(oasdiff, ["changelog", ...files, "--format", "json"], "", {
      cwd: directory,
    });
    return changelog.parse(JSON.parse(output)).map(({ id, text, level, operation, path }) => ({
      text: [`${operation} ${path}`.trim(), `${text} [${id}]`].filter((part) => part !== "").join(": "),
      breaks: level >= WARNING,
    }));
  } finally {
    await rm(directory, { recursive: true });
  }
}
