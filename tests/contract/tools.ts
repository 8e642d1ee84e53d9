import { join } from "node:path";
import { installOasdiff } from "../../contract/oasdiff.ts";
import { installNode, installPython } from "../pinned-packages.ts";
import { installOapiCodegen } from "./oapi-codegen.ts";

/** The external tools, each in a folder of its own. */
export interface Tools {
  /** The `bin` of a Python with schemathesis, openapi-python-client, mypy and requests. */
  readonly python: string;
  /** A folder whose node_modules has openapi-typescript, openapi-fetch and TypeScript 5. */
  readonly node: string;
  readonly oapiCodegen: string;
}

const CACHE_DIRECTORY = join(import.meta.dirname, "../../.local/contract");

/**
 * Installs the tools, each once for its pinned versions.
 *
 * @throws Error that says what to install, or has the installer's own messages
 */
export async function installTools(): Promise<Tools> {
  await installOasdiff();
  const requirements = join(import.meta.dirname, "python/requirements.txt");
  return {
    python: await installPython(CACHE_DIRECTORY, requirements),
    oapiCodegen: await installOapiCodegen(),
    node: await installNode(CACHE_DIRECTORY, join(import.meta.dirname, "typescript")),
  };
}
