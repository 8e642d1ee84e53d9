import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";

/**
 * Hashes the code of a function: the modules in its folder. They are read once, at the first call, because most of the
 * time that a new instance takes is the caller's.
 *
 * @param folder a `file:` URL that ends in a slash
 */
export function codeHash(folder: URL): () => Promise<string> {
  let known: Promise<string> | undefined;
  return () => {
    known ??= hashOf(fileURLToPath(folder)).catch((error: unknown) => {
      known = undefined;
      throw error;
    });
    return known;
  };
}

async function hashOf(folder: string): Promise<string> {
  const files = (await readdir(folder)).filter((name) => /\.(mjs|js|ts)$/.test(name)).toSorted();
  const contents = await Promise.all(files.map((name) => readFile(`${folder}${name}`)));
  const hash = createHash("sha256");
  for (const [index, content] of contents.entries()) {
    hash.update(JSON.stringify([files[index], content.byteLength])).update(content);
  }
  return hash.digest("hex");
}
