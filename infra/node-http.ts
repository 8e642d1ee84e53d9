/**
 * Replaces `node:http` in the bundle with the parts that are used. An ESM import of a built-in module reads every
 * export. One of them, `WebSocket`, loads a whole HTTP client, which is half of the import's time.
 */
export const { Agent, request, STATUS_CODES } = process.getBuiltinModule("node:http");
