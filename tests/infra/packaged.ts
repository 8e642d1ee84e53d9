import type { Template } from "../../infra/package-template.ts";

/** The service packaged three times; filled before the first test runs. */
export interface Packaged {
  /** Contains `default/`, `everything/` and `elsewhere/`, each as `packageTemplate` fills it. */
  readonly folder: string;
  /** With only the required parameters. */
  readonly byDefault: Template;
  /** With every optional parameter set, to `EVERY_PARAMETER`. */
  readonly everything: Template;
  /** As by default, for the stage prod in eu-central-1. */
  readonly elsewhere: Template;
}

/** The properties of every resource of a type, by logical id; at least one. */
export function all(template: Template, type: string): Record<string, Record<string, unknown>> {
  const some = Object.entries(template.Resources).filter(([, { Type }]) => Type === type);
  if (some.length === 0) throw new Error(`the template holds no ${type}`);
  return Object.fromEntries(some.map(([id, { Properties }]) => [id, Properties]));
}

/** The properties of the resource with this logical id. */
export function named(template: Template, type: string, id: string): Record<string, unknown> {
  const resource = all(template, type)[id];
  if (resource === undefined) throw new Error(`the template holds no ${type} ${id}`);
  return resource;
}

/** The properties of the only resource of a type. */
export function only(template: Template, type: string): Record<string, unknown> {
  const found = Object.values(all(template, type));
  const [single] = found;
  if (single === undefined || found.length > 1)
    throw new Error(`the template holds ${found.length} of ${type}, not one`);
  return single;
}
