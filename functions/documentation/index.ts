import { type DocumentationFile, documentation } from "./handler.ts";

/** Inserted by the build. */
declare const DOCUMENTATION_FILES: Readonly<Record<string, DocumentationFile>>;

export const handler = documentation({
  files: DOCUMENTATION_FILES,
  now: Date.now,
  write: (line) => void process.stdout.write(`${line}\n`),
});
