import { installChromium } from "./chromium.ts";

/** Sees that there is a browser. Vitest would bury what to install under a stack, after "No test files found". */
export function setup(): void {
  try {
    installChromium();
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exit(1);
  }
}
