/**
 * Stands in the bundle for `node:http`: what is used of it, without the rest. An ESM import of a built-in module
 * reads every export it has, of this one `WebSocket` too, which loads a whole HTTP client: half of the import's time.
 */
export const { Agent, request, STATUS_CODES } = process.getBuiltinModule("node:http");
