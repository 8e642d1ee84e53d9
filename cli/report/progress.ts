/** Where text for people goes: standard output or standard error, a terminal or not. */
export interface Output extends NodeJS.WritableStream {
  readonly isTTY?: boolean;
  readonly columns?: number;
}

/** Tells how a call goes that takes longer than a second. Ends, and leaves no trace on a terminal, when disposed. */
export interface Progress extends Disposable {
  /** What is done from now on. */
  doing(what: string): void;
  /** A line that stays. */
  note(line: string): void;
}

const TICK_MS = 1_000;
/** Where no line can be rewritten there is one in so many ticks. */
const TICKS_A_LINE = 5;

/** On a terminal one line that is rewritten each second, else a line after one second and then every five. */
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
      // Not into the last column: a line that wraps cannot be rewritten.
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
