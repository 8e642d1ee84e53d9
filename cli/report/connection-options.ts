import { EXIT, ReportFailure } from "./failure.ts";
import { isThisMachine, serviceAddress } from "./service-address.ts";

/** How to reach the service, how long to wait for it, and in which format to print the answer. */
export interface ConnectionOptions {
  readonly service: URL;
  readonly token: string;
  readonly format: "table" | "csv" | "json";
  readonly quiet: boolean;
  /** The total time to wait while the service is busy, in seconds. */
  readonly patience: number;
}

export type Environment = Readonly<Record<string, string | undefined>>;

export const TEXT = { type: "string", multiple: true } as const;
export const FLAG = { type: "boolean", default: false } as const;

/** The options that every command takes, in the terms of `parseArgs`. */
export const CONNECTION = {
  url: TEXT,
  token: TEXT,
  wait: TEXT,
  csv: FLAG,
  json: FLAG,
  quiet: FLAG,
  help: FLAG,
} as const;

export interface GivenConnection {
  readonly url?: readonly string[] | undefined;
  readonly token?: readonly string[] | undefined;
  readonly wait?: readonly string[] | undefined;
  readonly csv: boolean;
  readonly json: boolean;
  readonly quiet: boolean;
}

/**
 * Reads the options that every command takes, with the environment for missing values.
 *
 * @param wrong receives everything that is wrong with them
 * @returns undefined if there is no usable address
 */
export function readConnection(
  values: GivenConnection,
  environment: Environment,
  wrong: string[],
): ConnectionOptions | undefined {
  if (values.csv && values.json) wrong.push("Give --csv or --json, not both.");
  // A partner over its budget may have to wait for a minute.
  const wait = onlyOne("wait", values.wait, wrong) ?? "90";
  if (!/^[0-9]{1,5}$/.test(wait)) wrong.push("--wait takes a number of seconds.");
  const service = serviceAddress(onlyOne("url", values.url, wrong), environment["MINUTES_URL"], wrong);
  const token = onlyOne("token", values.token, wrong) ?? environment["MINUTES_TOKEN"] ?? "";
  wrong.push(...wrongWith(token, service));
  if (service === undefined) return undefined;
  const format = values.csv ? "csv" : values.json ? "json" : "table";
  return { service, token, format, quiet: values.quiet, patience: Number(wait) };
}

/** Returns the value of an option that may be given only once. */
export function onlyOne(
  name: string,
  values: readonly string[] | undefined,
  wrong: string[],
): string | undefined {
  if ((values?.length ?? 0) > 1) wrong.push(`Give --${name} once.`);
  return values?.[0];
}

/** Does not reveal the token. */
function wrongWith(token: string, service: URL | undefined): string[] {
  if (token === "") return ["Give a token: set MINUTES_TOKEN.", ...howToGetToken(service)];
  if (/^[\x21-\x7E]+$/.test(token)) return [];
  return ["The token contains blanks or other invalid characters. Give the token only, without Bearer."];
}

/** How to get a token for the local stack; nothing for another service, which has its own issuer. */
export function howToGetToken(service: URL | undefined): string[] {
  if (service === undefined || !isThisMachine(service)) return [];
  const port = service.port === "8787" ? "" : `--port ${service.port || "80"} `;
  return [
    "For the stack that npm start runs on this machine:",
    `  export MINUTES_TOKEN=$(npm run -s token -- ${port}--resellers ID[,ID])`,
  ];
}

/** The error of an invalid call. @param command whose help lists the options */
export function usage(command: "report" | "bill", wrong: readonly string[]): ReportFailure {
  return new ReportFailure(EXIT.request, [...wrong, `All options: voice-minutes ${command} --help`]);
}
