/**
 * Replaces `node:process` in the bundle with the parts that are used. An ESM import of a built-in module reads every
 * export. Reading the standard streams creates them, although nothing has been written yet.
 */
export const { env, versions } = process;
