import { join } from "node:path";
import { hasCode, runCommand } from "../local/command.ts";

/** A program of a Go module, pinned by its checksum as in go.sum. */
export interface GoProgram {
  /** Its name in messages. Go names the program after the end of `package`. */
  readonly name: string;
  readonly module: string;
  /** The path of its main package. */
  readonly package: string;
  readonly version: string;
  /** The checksum of the module's source. */
  readonly checksum: string;
  /** The oldest Go that can build it. */
  readonly go: string;
}

/** Programs are built once, into the repository's own cache folder. */
const CACHE_DIRECTORY = join(import.meta.dirname, "../.local");

/** The second is the location in Go's own archive and in the Docker image, which is not on every `PATH`. */
const GO = ["go", "/usr/local/go/bin/go"];

/**
 * Builds a program from its Go module, once, and returns its path.
 *
 * @throws Error that says what to install, or contains Go's own messages
 */
export async function installGoProgram(program: GoProgram): Promise<string> {
  const { name, version, checksum } = program;
  const need = `${name} is built with Go: install Go ${program.go} or later (https://go.dev/dl).`;
  const directory = join(CACHE_DIRECTORY, name, version);
  const path = join(directory, name);
  const go = await findGo(need);
  if (await isPinned(go, path, program)) return path;

  console.error(`Building ${name} ${version}, once …`);
  const env = { ...process.env, GOBIN: directory };
  await runCommand(go, ["install", `${program.package}@${version}`], need, { env });
  if (!(await isPinned(go, path, program))) {
    throw new Error(`${path} does not match its pinned checksum: ${version} ${checksum}`);
  }
  return path;
}

/** Finds the `go` command. @throws Error with `need` if there is none */
export async function findGo(need: string): Promise<string> {
  for (const go of GO) {
    try {
      await runCommand(go, ["version"], need);
      return go;
    } catch (error) {
      if (!(error instanceof Error) || !hasCode(error.cause, "ENOENT")) throw error;
    }
  }
  throw new Error(need);
}

/** Whether the program exists and was built from the pinned source, which Go records in it. */
async function isPinned(go: string, path: string, program: GoProgram): Promise<boolean> {
  try {
    const stdout = await runCommand(go, ["version", "-m", path], "");
    return stdout.includes(`\tmod\t${program.module}\t${program.version}\t${program.checksum}`);
  } catch {
    return false;
  }
}
