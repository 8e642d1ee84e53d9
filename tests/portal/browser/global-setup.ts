import { installChromium } from "./chromium.ts";

/** Checks that there is a browser. Vitest would hide the message below a stack trace, after "No test files found". */
export function setup(): void {
  try {
    installChromium();
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exit(1);
  }
}
