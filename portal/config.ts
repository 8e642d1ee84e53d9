import { record, text, texts } from "./parse.ts";

/** Where the page runs, as `config.json` beside it says. */
export interface Config {
  /** The OpenID provider. */
  readonly issuer: string;
  readonly clientId: string;
  readonly scope: string;
  /** Further parameters of the authorization request. */
  readonly parameters: Readonly<Record<string, string>>;
  /** Milliseconds by which this device's clock is ahead of the service's; undefined if the answer has no date. */
  readonly clockAhead: number | undefined;
}

/** @throws Error when the file is missing or invalid */
export async function loadConfig(): Promise<Config> {
  const response = await fetch("/portal/config.json", { cache: "no-store" });
  if (!response.ok) throw new Error(`config.json: ${response.status}`);
  const { issuer, client_id, scope, parameters } = record(await response.json());
  return {
    issuer: text(issuer),
    clientId: text(client_id),
    scope: text(scope),
    parameters: texts(parameters),
    clockAhead: clockAhead(response.headers),
  };
}

/** A cache keeps the date of its copy and states the copy's age in seconds. */
function clockAhead(headers: Headers): number | undefined {
  const date = Date.parse(headers.get("date") ?? "");
  const age = Number(headers.get("age") ?? 0);
  return Number.isNaN(date) || Number.isNaN(age) ? undefined : Date.now() - (date + 1_000 * age);
}
