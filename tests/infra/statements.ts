import * as z from "zod";
import type { Template } from "../../infra/package-template.ts";
import { all, named } from "./packaged.ts";

const listed = z.union([z.array(z.unknown()), z.unknown().transform((single) => [single])]);
const statement = z.object({
  Sid: z.optional(z.string()),
  Effect: z.string(),
  Action: listed,
  Resource: listed,
  Condition: z.record(z.string(), z.record(z.string(), z.unknown())).default({}),
});
const document = z.object({ Statement: z.array(statement) });
const role = z.object({ Policies: z.array(z.object({ PolicyDocument: document })) });

/** One statement of a policy, with actions and resources as lists. */
export type Statement = z.infer<typeof statement>;

/** The statements of a resource's policy. */
export function policyOf(properties: Record<string, unknown>): readonly Statement[] {
  return document.parse(properties["PolicyDocument"]).Statement;
}

/** The rights of a role, from all its policies. */
export function statementsOf(template: Template, id: string): readonly Statement[] {
  const { Policies } = role.parse(named(template, "AWS::IAM::Role", id));
  return Policies.flatMap(({ PolicyDocument }) => PolicyDocument.Statement);
}

/** The same of all roles together. */
export function everyStatement(template: Template): readonly Statement[] {
  return Object.keys(all(template, "AWS::IAM::Role")).flatMap((id) => statementsOf(template, id));
}

/** Whether an action changes anything. */
export function isWrite(action: unknown): boolean {
  return !/^\w+:(Get|List)|^kms:Decrypt$/.test(String(action));
}

const substituted = z.object({ "Fn::Sub": z.string() });

/** A value of the template as a function gets it, with names of resources instead of their values. */
export function asGiven(value: unknown): string {
  if (typeof value === "string") return value;
  const { data } = substituted.safeParse(value);
  return data === undefined ? JSON.stringify(value) : data["Fn::Sub"].replace(/\$\{(\w+)\}/g, "$1");
}
