import { record, text, texts } from "./parse.ts";

/** Where the page runs, as `config.json` beside it says. */
export interface Config {
  /** The OpenID provider. */
  readonly issuer: string;
  readonly clientId: string;
  readonly scope: string;
  /** Further parameters of the authorization request. */
  readonly parameters: Readonly<Record<string, string>>;
}

/** @throws Error when the file is not there, or is not what the page needs */
export async function loadConfig(): Promise<Config> {
  const response = await fetch("/portal/config.json");
  if (!response.ok) throw new Error(`config.json: ${response.status}`);
  const { issuer, client_id, scope, parameters } = record(await response.json());
  return {
    issuer: text(issuer),
    clientId: text(client_id),
    scope: text(scope),
    parameters: texts(parameters),
  };
}
