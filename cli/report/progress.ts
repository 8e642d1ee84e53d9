/** An output for people: standard output or standard error, a terminal or not. */
export interface Output extends NodeJS.WritableStream {
  readonly isTTY?: boolean;
  readonly columns?: number;
}

/**
 * Shows the progress of a call that takes longer than a second. When disposed, stops and clears its line on a
 * terminal.
 */
export interface Progress extends Disposable {
  /** Names the step that begins. */
  doing(what: string): void;
  /** Prints a line that stays. */
  note(line: string): void;
}

const TICK_MS = 1_000;
/** Without a terminal, one line is printed every this many seconds. */
const TICKS_A_LINE = 5;

/**
 * On a terminal rewrites one line each second. Elsewhere prints a line after one second and then every five seconds.
 */
export function startProgress(stderr: Output, quiet: boolean): Progress {
  let activity = "";
  let ticks = 0;
  let onScreen = 0;

  function wipe(): void {
    if (onScreen > 0) stderr.write(`\r${" ".repeat(onScreen)}\r`);
    onScreen = 0;
  }

  function tick(): void {
    ticks += 1;
    const line = `${ticks} s: ${activity}`;
    if (stderr.isTTY === true) {
      wipe();
      // One column less than the terminal has: a line that wraps cannot be rewritten.
      const fitting = line.slice(0, (stderr.columns || 80) - 1);
      stderr.write(fitting);
      onScreen = fitting.length;
    } else if (ticks % TICKS_A_LINE === 1) {
      stderr.write(`${line}\n`);
    }
  }

  const timer = quiet ? undefined : setInterval(tick, TICK_MS);
  return {
    doing: (what) => {
      activity = what;
    },
    note: (line) => {
      if (quiet) return;
      wipe();
      stderr.write(`${line}\n`);
    },
    [Symbol.dispose]: () => {
      clearInterval(timer);
      wipe();
    },
  };
}
