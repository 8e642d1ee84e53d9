/**
 * The layers of lib/, lowest first. Each folder may import from itself and from the folders before it, and only its
 * own packages. A new file in a folder needs no entry here.
 */
export const LAYERS: readonly Layer[] = [
  // Shared by everything: lib/ itself, without its subfolders.
  { folder: "lib", packages: /^(zod\/mini|node:stream)$/ },
  // Whose data may be read.
  { folder: "lib/scope", packages: /^$/ },
  // What a caller may ask.
  { folder: "lib/request", packages: /^zod\/mini$/ },
  // The lake and the rollup as queries read them.
  { folder: "lib/usage", packages: /^$/ },
  // The common part of all calls to AWS.
  { folder: "lib/aws", packages: /^(node:|@smithy\/)/ },
  { folder: "lib/rollup", packages: /^(node:crypto|zod\/mini)$/ },
  { folder: "lib/reports", packages: /^zod\/mini$/ },
  // Answers that are reused as long as what they were made of is the same.
  { folder: "lib/reuse", packages: /^node:crypto$/ },
  { folder: "lib/billing", packages: /^(node:crypto|zod\/mini)$/ },
  // The edges: one folder for each outside system.
  { folder: "lib/s3", packages: /^(node:|@smithy\/|@aws-sdk\/client-s3$)/ },
  { folder: "lib/dynamodb", packages: /^(node:|zod\/mini$)/ },
  { folder: "lib/athena", packages: /^(node:|@aws-sdk\/client-athena$)/, not: ["lib/http"] },
  {
    folder: "lib/http",
    packages: /^(node:|zod\/mini$|@middy\/|negotiator$|aws-lambda$)/,
    not: ["lib/s3", "lib/athena"],
  },
  // What functions are built from: the environment and the clients.
  { folder: "lib/composition", packages: /^(node:|zod\/mini$|@smithy\/|@aws-sdk\/)/, not: ["lib/http"] },
];

/** The other folders, and the parts of the project that each file in them may import. */
export const REST: readonly Folder[] = [
  // A handler gets its querier and its clock as arguments: it imports neither Athena nor the environment.
  {
    files: /^functions\/[a-z-]+\/handler\.ts$/,
    imports: /^lib\/(?!athena\/|s3\/|composition\/)/,
    packages: /^(@middy\/core|aws-lambda)$/,
  },
  {
    files: /^functions\/[a-z-]+\/index\.ts$/,
    imports: /^(lib\/|functions\/[a-z-]+\/handler\.ts$)/,
    packages: /^$/,
  },
  { files: /^infra\//, imports: /^(infra|lib)\//, packages: /./ },
  // Browser code shares only code without AWS and HTTP with the service.
  {
    files: /^portal\//,
    imports: /^(portal\/|lib\/(minutes|period|billing\/month)\.ts$)/,
    packages: /^(preact(\/hooks)?|oauth4webapi)$/,
  },
  // The command line shares with the service how reports are named and counted. It does not use the local stack.
  {
    files: /^cli\//,
    imports: /^(cli\/|lib\/([a-z-]+\.ts$|usage\/|reports\/))/,
    packages: /^(node:|zod$|string-width$|esbuild$)/,
  },
  // The lake is checked before the stack starts.
  { files: /^local\/start\.ts$/, imports: /^(local|audit\/doctor|infra|lib)\//, packages: /./ },
  { files: /^local\//, imports: /^(local|infra|lib)\//, packages: /./ },
  // Checks of a lake and of a bucket of bills, local or in AWS.
  { files: /^audit\//, imports: /^(audit|local|lib)\//, packages: /./ },
  // The published contract, with the answers of a local stack as its examples.
  { files: /^contract\//, imports: /^(contract|local|infra|lib)\//, packages: /./ },
];

export interface Layer {
  readonly folder: string;
  readonly packages: RegExp;
  /** Lower folders that it may not import nevertheless. */
  readonly not?: readonly string[];
}
export interface Folder {
  readonly files: RegExp;
  readonly imports: RegExp;
  readonly packages: RegExp;
}
