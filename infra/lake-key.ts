/** A policy of a role, as far as a statement is added to it. */
interface Policy {
  readonly PolicyName: string;
  readonly PolicyDocument: { readonly Version: string; readonly Statement: readonly object[] };
}

/**
 * Adds the right to decrypt the lake's objects.
 *
 * @param keyArn the key that encrypts the lake; empty where S3 encrypts it with keys of its own
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
