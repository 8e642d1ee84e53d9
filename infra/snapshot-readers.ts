/**
 * The ARNs of the roles that may read, for the condition of a bucket policy.
 *
 * @param roles logical ids of roles of the template
 * @param auditorRoleArn empty if there is no auditor: an empty ARN in a condition would be an error in IAM
 */
export function readersOf(roles: readonly string[], auditorRoleArn: string): (string | object)[] {
  const own = roles.map((role) => ({ "Fn::GetAtt": [role, "Arn"] }));
  return auditorRoleArn === "" ? own : [...own, auditorRoleArn];
}
