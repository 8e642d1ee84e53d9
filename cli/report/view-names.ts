/** The values of `--by`. Each is a report of the service, `minutes-by-<name>`. */
export const VIEW_NAMES = ["organization", "agent", "day"] as const;

export type ViewName = (typeof VIEW_NAMES)[number];
