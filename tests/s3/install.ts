import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { hasCode } from "../../local/trino/command.ts";

const execute = promisify(execFile);

/** What is built once lies here, in the repository's own folder for such things. */
const CACHE_DIRECTORY = join(import.meta.dirname, "../../.local/versitygw");

const MODULE = "github.com/versity/versitygw";

/** Before it, several of the writers that race with `If-None-Match: *` succeed (versitygw's pull request 2288). */
const VERSION = "v1.8.0";

/** The checksum of the module's source, as go.sum has it. */
const CHECKSUM = "h1:au+wI+aybno/STsQiSm35Uu6Q6iK5MWReQxgO6SEMFc=";

/** The second is where Go's own archive and the Docker image have it, which is not on every `PATH`. */
const GO = ["go", "/usr/local/go/bin/go"];

const NEED_GO = "versitygw is built with Go: install Go 1.25 or later (https://go.dev/dl).";

/**
 * Builds versitygw from its Go module (about 70 s on two cores), once, and gives the path of the program.
 *
 * @throws Error that says what to install, or that has Go's own messages
 */
export async function installVersitygw(): Promise<string> {
  const directory = join(CACHE_DIRECTORY, VERSION);
  const program = join(directory, "versitygw");
  const go = await findGo();
  if (await isPinned(go, program)) return program;

  console.error(`Building versitygw ${VERSION}, once …`);
  await execute(go, ["install", `${MODULE}/cmd/versitygw@${VERSION}`], {
    env: { ...process.env, GOBIN: directory },
  });
  if (!(await isPinned(go, program)))
    throw new Error(`${program} is not what was pinned: ${VERSION} ${CHECKSUM}`);
  return program;
}

async function findGo(): Promise<string> {
  for (const go of GO) {
    try {
      await execute(go, ["version"]);
      return go;
    } catch (error) {
      if (!hasCode(error, "ENOENT")) throw error;
    }
  }
  throw new Error(NEED_GO);
}

/** Whether the program is there, and was built from the pinned source: Go writes into it what from. */
async function isPinned(go: string, program: string): Promise<boolean> {
  try {
    const { stdout } = await execute(go, ["version", "-m", program]);
    return stdout.includes(`\tmod\t${MODULE}\t${VERSION}\t${CHECKSUM}`);
  } catch {
    return false;
  }
}
