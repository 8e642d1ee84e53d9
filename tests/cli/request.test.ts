import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { ReportOptions } from "../../cli/report/options.ts";
import { type ReportRequest, requestFor } from "../../cli/report/request.ts";
import { minutesByOrganization } from "../../lib/reports/minutes-by-organization/definition.ts";
import { readQueryString } from "../../lib/request/query-string.ts";
import { namesOf } from "../../lib/request/report-request.ts";
import { uuids } from "../lib/valid.ts";

const OPTIONS: ReportOptions = {
  service: new URL("https://api.example.com/stage/"),
  token: "t",
  from: "2026-04-01",
  to: "2026-04-30",
  resellers: undefined,
  by: "organization",
  agentIds: undefined,
  organizations: undefined,
  format: "table",
  agents: false,
  ids: false,
  quiet: false,
  patience: 0,
};

function headOf({ method, url, headers }: ReportRequest): number {
  const head = Object.entries(headers).reduce((text, [name, value]) => `${text}${name}: ${value}\r\n`, "");
  return Buffer.byteLength(`${method} ${url.pathname}${url.search} HTTP/1.1\r\n${head}\r\n`);
}

describe("a request", () => {
  test("is a GET under the service's own path, with the values as the caller wrote them", () => {
    const { method, url, body } = requestFor({ ...OPTIONS, organizations: ["a", "b"], resellers: ["c&d"] });
    expect([method, url.href, body]).toEqual([
      "GET",
      "https://api.example.com/stage/v1/reports/minutes-by-organization?start_date=2026-04-01&end_date=2026-04-30&organization_ids=a,b&reseller_ids=c%26d",
      "",
    ]);
  });

  test("sends an empty filter, instead of asking for everything", () => {
    expect(requestFor({ ...OPTIONS, organizations: [""] }).url.search).toMatch(/&organization_ids=$/);
  });

  test("is a GET up to the gateway's exact limit", () => {
    const free = 10_240 - headOf(requestFor({ ...OPTIONS, token: "" }));
    const full = requestFor({ ...OPTIONS, token: "t".repeat(free) });
    expect([full.method, headOf(full)]).toEqual(["GET", 10_240]);
    expect(requestFor({ ...OPTIONS, token: "t".repeat(free + 1) }).method).toBe("POST");
  });

  test("is a GET if its head fits the gateway, else an equivalent POST", () => {
    fc.assert(
      fc.property(fc.nat(400), fc.nat(400), fc.nat(4_000), (organizations, resellers, token) => {
        const options = {
          ...OPTIONS,
          token: "t".repeat(token + 1),
          ...(organizations > 0 && { organizations: uuids(organizations) }),
          ...(resellers > 0 && { resellers: uuids(resellers) }),
        };
        const request = requestFor(options);
        const ids = organizations + resellers;
        expect(headOf(request)).toBeLessThanOrEqual(10_240);
        // What is in no id and in no token has 200 to 500 bytes.
        expect(request.method).toBe(token + 37 * ids > 10_240 - 200 ? "POST" : request.method);
        expect(request.method).toBe(token + 37 * ids < 10_240 - 500 ? "GET" : request.method);
        expect(request.headers["content-length"] ?? "0").toBe(String(Buffer.byteLength(request.body)));
        const said =
          request.method === "GET"
            ? readQueryString(request.url.search, namesOf(minutesByOrganization.parameters)).stated
            : JSON.parse(request.body);
        expect(said).toEqual({
          start_date: "2026-04-01",
          end_date: "2026-04-30",
          ...(organizations > 0 && { organization_ids: uuids(organizations) }),
          ...(resellers > 0 && { reseller_ids: uuids(resellers) }),
        });
      }),
      { numRuns: 1_000 },
    );
  });
});
