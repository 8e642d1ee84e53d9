const DEFAULT = "http://127.0.0.1:8787";

/**
 * Returns the address of the service: from the option, else from the environment, else that of `npm start`.
 *
 * @param wrong receives what is wrong with it
 * @returns undefined if something is wrong
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
    wrong.push(`${name} takes an address without user name, password, ? and #.`);
    return undefined;
  }
  if (url.protocol === "http:" && !isThisMachine(url)) {
    wrong.push(
      `${name} must begin with https, because anybody on the way could read the token. Only an address of this machine may use http.`,
    );
    return undefined;
  }
  return url;
}

/** Whether requests to the address stay on this machine. */
export function isThisMachine({ hostname }: URL): boolean {
  return /^(?:127\.\d+\.\d+\.\d+|\[::1\]|(?:.+\.)?localhost)$/.test(hostname);
}
