/** What the template says of the report page, made of what the local stack is made of too. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { PortalConfig } from "./portal-files.ts";
import { portalHeaders } from "./portal-headers.ts";

/** What the page needs to know of the deployment, of its checked parameters. */
export interface PortalParameters {
  readonly jwtIssuer: string;
  readonly jwtAudience: readonly string[];
  readonly portal: {
    readonly clientId: string;
    /** The scopes of the API that the page asks for. */
    readonly scopes: readonly string[];
    /** The authorization request's parameter that names the API; empty for none. */
    readonly audienceParameter: string;
    readonly connectOrigins: readonly string[];
    /** The page's own domain; empty where CloudFront names it. */
    readonly aliases: readonly string[];
  };
}

/** `config.json` beside the page. */
export function portalConfig({ jwtIssuer, jwtAudience, portal }: PortalParameters): PortalConfig {
  const [audience = ""] = jwtAudience;
  return {
    issuer: jwtIssuer,
    client_id: portal.clientId,
    scope: ["openid", ...portal.scopes].join(" "),
    parameters: portal.audienceParameter === "" ? {} : { [portal.audienceParameter]: audience },
  };
}

/** Origins beside its own that the page may ask: the issuer's, and those of endpoints that it has elsewhere. */
export function connectOrigins({ jwtIssuer, portal }: PortalParameters): string[] {
  return [...new Set([new URL(jwtIssuer).origin, ...portal.connectOrigins])];
}

/** The page's headers in the terms of a CloudFront response headers policy, which has places of their own for some. */
export function headersPolicy(name: string, parameters: PortalParameters): object {
  const {
    "content-security-policy": csp = "",
    "strict-transport-security": hsts = "",
    "referrer-policy": referrer = "",
    "x-frame-options": frames = "",
    "x-content-type-options": sniffing,
    ...others
  } = portalHeaders(connectOrigins(parameters));
  return {
    Name: name,
    SecurityHeadersConfig: {
      ContentSecurityPolicy: { ContentSecurityPolicy: csp, Override: true },
      ...(sniffing === "nosniff" && { ContentTypeOptions: { Override: true } }),
      FrameOptions: { FrameOption: frames, Override: true },
      ReferrerPolicy: { ReferrerPolicy: referrer, Override: true },
      StrictTransportSecurity: {
        AccessControlMaxAgeSec: Number(/max-age=([0-9]+)/.exec(hsts)?.[1]),
        IncludeSubdomains: hsts.includes("includeSubDomains"),
        Override: true,
      },
    },
    CustomHeadersConfig: {
      Items: Object.entries(others).map(([Header, Value]) => ({ Header, Value, Override: true })),
    },
  };
}

/** The text of the CloudFront function, which knows no modules. */
export function pathsFunction(): string {
  const text = readFileSync(join(import.meta.dirname, "portal-paths.js"), "utf8");
  return text.replace("export function", "function");
}
