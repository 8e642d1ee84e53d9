import type { StateStore } from "../../../lib/rollup/publication.ts";

/** An object as S3 keeps it: each write gives it another ETag. */
export function memoryState(): StateStore & { text: () => string } {
  let text: string | undefined;
  let version = 0;
  return {
    read: async () => (text === undefined ? undefined : { text, etag: `"${version}"` }),
    write: async (written, expected) => {
      const isExpected =
        expected === "anything" ||
        (expected === "nothing"
          ? text === undefined
          : expected.etag === `"${version}"` && text !== undefined);
      if (!isExpected) return false;
      text = written;
      version += 1;
      return true;
    },
    text: () => text ?? "",
  };
}
