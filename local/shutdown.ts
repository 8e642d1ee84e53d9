const PARENT_CHECK_MS = 500;

/**
 * Ends the process in order when it is told to (Ctrl-C, SIGTERM, SIGHUP), and when the process that started it
 * has gone: npm, when killed, was seen to leave its child behind.
 */
export function endWith(close: () => Promise<void>): void {
  const parent = process.ppid;
  let ending = false;
  const end = async () => {
    if (ending) return;
    ending = true;
    await close();
    process.exit(0);
  };
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => void end());
  setInterval(() => {
    if (process.ppid !== parent) void end();
  }, PARENT_CHECK_MS);
}
