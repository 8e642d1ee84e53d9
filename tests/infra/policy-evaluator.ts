/**
 * Evaluates calls to S3 like IAM, for the policies of the packaged template. It knows only the conditions that these
 * policies use, and throws for any other.
 */
import * as z from "zod";
import type { Statement } from "./statements.ts";

/** One call on a bucket or an object. */
export interface Call {
  readonly action: string;
  /** The ARN of the role that calls. */
  readonly principal: string;
  /** The logical id of the bucket, or that id, a slash and a key. */
  readonly on: string;
  /** Whether the call has the header `if-none-match`. */
  readonly ifNoneMatch?: boolean;
  readonly isPlainHttp?: boolean;
  /** The prefix of a listing. */
  readonly prefix?: string;
}

/** The ARN of a role of the template, or of any other role of the account. */
export const roleArn = (name: string) => `arn:aws:iam::123456789012:role/${name}`;

const bucketArn = (id: string) => `arn:aws:s3:::${id}`;

const intrinsic = z.union([
  z.string().transform((text) => text),
  z
    .object({ "Fn::GetAtt": z.tuple([z.string(), z.literal("Arn")]) })
    .transform((get) => arnOf(get["Fn::GetAtt"][0])),
  z
    .object({ "Fn::Sub": z.string() })
    .transform((given) => given["Fn::Sub"].replace(/\$\{(\w+)\.Arn\}/g, (_, id: string) => arnOf(id))),
  z
    .object({ "Fn::Join": z.tuple([z.literal(""), z.array(z.unknown())]) })
    .transform((join): string => join["Fn::Join"][1].map(resolved).join("")),
]);

function arnOf(id: string): string {
  return id.endsWith("Bucket") ? bucketArn(id) : roleArn(id);
}

/** A value of the template as text. */
function resolved(value: unknown): string {
  return intrinsic.parse(value);
}

/** Whether a text matches a pattern with `*` and `?`. */
function isLike(text: string, pattern: string): boolean {
  const escaped = pattern.replace(/[.+^${}()|[\]\\]/g, "\\$&");
  return new RegExp(`^${escaped.replaceAll("*", ".*").replaceAll("?", ".")}$`, "s").test(text);
}

/** Whether every condition of an operator matches. */
function isMet(operator: string, values: Readonly<Record<string, unknown>>, call: Call): boolean {
  return Object.entries(values).every(([key, value]) => {
    const given = (Array.isArray(value) ? value : [value]).map(resolved);
    switch (`${operator} ${key}`) {
      case "Bool aws:SecureTransport":
        return given.includes(String(call.isPlainHttp !== true));
      case "ArnNotEquals aws:PrincipalArn":
        return !given.some((arn) => isLike(call.principal, arn));
      case "Null s3:if-none-match":
        return given.includes(String(call.ifNoneMatch !== true));
      case "StringLikeIfExists s3:prefix": {
        const { prefix } = call;
        return prefix === undefined || given.some((pattern) => isLike(prefix, pattern));
      }
      default:
        throw new Error(`no meaning for ${operator} ${key}`);
    }
  });
}

/** The statements with this effect that match the call. */
function covering(
  statements: readonly Statement[],
  effect: "Allow" | "Deny",
  call: Call,
): readonly Statement[] {
  const resource = bucketArn(call.on);
  return statements.filter(
    ({ Effect, Action, Resource, Condition }) =>
      Effect === effect &&
      Action.some((action) => isLike(call.action.toLowerCase(), String(action).toLowerCase())) &&
      Resource.some((pattern) => isCovered(resource, pattern)) &&
      Object.entries(Condition).every(([operator, values]) => isMet(operator, values, call)),
  );
}

/** A role's policy names resources of other services too, which are not resolved here. */
function isCovered(resource: string, pattern: unknown): boolean {
  const { data } = intrinsic.safeParse(pattern);
  return data !== undefined && isLike(resource, data);
}

/** The names of a bucket policy's statements that refuse the call. One is enough, whatever a role allows. */
export function refusals(policy: readonly Statement[], call: Call): (string | undefined)[] {
  return covering(policy, "Deny", call).map(({ Sid }) => Sid);
}

/** Whether a role's own statements allow the call. */
export function isAllowed(role: readonly Statement[], call: Call): boolean {
  return covering(role, "Allow", call).length > 0 && covering(role, "Deny", call).length === 0;
}
