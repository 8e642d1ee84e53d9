const PARENT_CHECK_MS = 500;

/**
 * Ends the process in order on Ctrl-C, SIGTERM or SIGHUP, and when its parent process has ended: a killed npm was
 * seen to leave its child running.
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
