/** The part of a role's policy to which a statement is added. */
interface Policy {
  readonly PolicyName: string;
  readonly PolicyDocument: { readonly Version: string; readonly Statement: readonly object[] };
}

/**
 * Adds the right to decrypt the lake's objects.
 *
 * @param keyArn the key that encrypts the lake; empty if S3 uses keys of its own
 */
export function withLakeKey(policy: Policy, keyArn: string): Policy {
  if (keyArn === "") return policy;
  const decrypt = { Sid: "DecryptLake", Effect: "Allow", Action: "kms:Decrypt", Resource: keyArn };
  const { PolicyDocument } = policy;
  return {
    ...policy,
    PolicyDocument: { ...PolicyDocument, Statement: [...PolicyDocument.Statement, decrypt] },
  };
}
