import { existsSync } from "node:fs";
import { installDebianPackages } from "../../debian-packages.ts";

/** Where Debian's package puts it. */
export const CHROMIUM = "/usr/bin/chromium";

/**
 * Installs Debian's Chromium where it is missing, and further packages with it.
 *
 * @throws Error that says what to install, where that cannot be done from here
 */
export function installChromium(...packages: readonly string[]): void {
  installDebianPackages(
    `The browser tests need Debian's Chromium at ${CHROMIUM}: as root, apt-get install chromium.`,
    [...(existsSync(CHROMIUM) ? [] : ["chromium"]), ...packages],
  );
}
