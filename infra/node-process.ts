/**
 * Stands in the bundle for `node:process`: what is used of it. An ESM import of a built-in module reads every export it
 * has, of this one the standard streams too, which are then made although nobody has written to them yet.
 */
export const { env, versions } = process;
