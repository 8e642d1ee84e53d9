/** The template's settings of the report page, from the same sources as the local stack. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { PortalConfig } from "./portal-files.ts";
import { portalHeaders } from "./portal-headers.ts";

/** What the page needs to know about the deployment, from its validated parameters. */
export interface PortalParameters {
  readonly jwtIssuer: string;
  readonly jwtAudience: readonly string[];
  readonly portal: {
    readonly clientId: string;
    /** The scopes of the API that the page requests. */
    readonly scopes: readonly string[];
    /** The parameter of the authorization request that names the API; empty for none. */
    readonly audienceParameter: string;
    readonly connectOrigins: readonly string[];
    /** The page's own domain; empty if CloudFront names it. */
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

/** Other origins that the page may call: the issuer's, and those of its endpoints elsewhere. */
export function connectOrigins({ jwtIssuer, portal }: PortalParameters): string[] {
  return [...new Set([new URL(jwtIssuer).origin, ...portal.connectOrigins])];
}

/** The page's headers as a CloudFront response headers policy, which has fields of its own for some of them. */
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

/** The text of the CloudFront function, which cannot use modules. */
export function pathsFunction(): string {
  const text = readFileSync(join(import.meta.dirname, "portal-paths.js"), "utf8");
  return text.replace("export function", "function");
}
