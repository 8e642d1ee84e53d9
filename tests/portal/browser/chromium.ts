import { existsSync } from "node:fs";
import { installDebianPackages } from "../../debian-packages.ts";

/** Where Debian's package puts it. */
export const CHROMIUM = "/usr/bin/chromium";

/**
 * Installs Debian's Chromium if it is missing, with further packages.
 *
 * @throws Error that says what to install if that cannot be done from here
 */
export function installChromium(...packages: readonly string[]): void {
  installDebianPackages(
    `The browser tests need Debian's Chromium at ${CHROMIUM}: as root, apt-get install chromium.`,
    [...(existsSync(CHROMIUM) ? [] : ["chromium"]), ...packages],
  );
}
