/**
 * The headers of every file of the report page, from the local stack and from CloudFront.
 *
 * Scripts and styles come only from the page's own files. Requests go only to its own origin and to the issuer.
 * Nothing may frame the page, and no form leaves it. Trusted Types refuse text that would become markup or script.
 *
 * @param connect other origins that the page may call: the issuer's
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
