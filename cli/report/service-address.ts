const DEFAULT = "http://127.0.0.1:8787";

/**
 * The address of the service: the option's, else the environment's, else that of `npm start`.
 *
 * @param wrong gets what is wrong with it
 * @returns undefined where something is
 */
export function serviceAddress(
  option: string | undefined,
  environment: string | undefined,
  wrong: string[],
): URL | undefined {
  const name = option === undefined ? "MINUTES_URL" : "--url";
  const text = option ?? (environment || DEFAULT);
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol)) {
    wrong.push(`${name} takes an address such as https://api.example.com.`);
    return undefined;
  }
  if (url.username || url.password || url.search || url.hash) {
    wrong.push(`${name} takes an address without name, password, ? and #.`);
    return undefined;
  }
  if (url.protocol === "http:" && !isThisMachine(url)) {
    wrong.push(
      `${name} must begin with https: anybody on the way could read the token. (http only to this machine.)`,
    );
    return undefined;
  }
  return url;
}

/** Whether the address cannot leave this machine. */
export function isThisMachine({ hostname }: URL): boolean {
  return /^(?:127\.\d+\.\d+\.\d+|\[::1\]|(?:.+\.)?localhost)$/.test(hostname);
}
