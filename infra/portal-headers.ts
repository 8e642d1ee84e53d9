/**
 * What every file of the report page is served with, on this machine and by CloudFront.
 *
 * Scripts and styles come from the page's own files alone; requests go to its own origin and to the issuer; nothing may
 * frame it, and no form leaves it. Trusted Types refuse text that would become markup or script.
 *
 * @param connect origins beside the page's own that it may ask: the issuer's
 */
export function portalHeaders(connect: readonly string[]): Readonly<Record<string, string>> {
  const policy = [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self'",
    `connect-src ${["'self'", ...connect].join(" ")}`,
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
  ];
  return {
    "content-security-policy": policy.join("; "),
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "referrer-policy": "no-referrer",
    "strict-transport-security": `max-age=${TWO_YEARS}; includeSubDomains`,
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
  };
}

/** Seconds. */
const TWO_YEARS = 63_072_000;
