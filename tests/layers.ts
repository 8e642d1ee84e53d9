/**
 * The house, read from its import statements. A file of lib/ may import what stands before it in this table and
 * nothing else; a new file needs a place here. Of packages it may import its layer's.
 */
export const LAYERS: readonly Layer[] = [
  {
    name: "words",
    files: ["lib/errors.ts", "lib/ids.ts", "lib/period.ts", "lib/minutes.ts", "lib/sql.ts", "lib/log.ts"],
    packages: /^$/,
  },
  { name: "streams", files: ["lib/in-order.ts"], packages: /^node:stream$/ },
  {
    name: "rows, queries and deadlines",
    files: ["lib/schema.ts", "lib/usage/row.ts", "lib/query.ts", "lib/deadline.ts"],
    packages: /^zod\b/,
  },
  {
    name: "what a caller may ask",
    files: ["lib/scope.ts", "lib/request.ts", "lib/query-string.ts", "lib/repeated-members.ts"],
    packages: /^zod\b/,
  },
  {
    name: "the report",
    files: [
      "lib/usage/lake.ts",
      "lib/usage/rolled-days.ts",
      "lib/usage/query.ts",
      "lib/usage/fold.ts",
      "lib/usage/report.ts",
      "lib/usage/read-report.ts",
      "lib/usage/csv.ts",
      "lib/usage/json.ts",
    ],
    packages: /^$/,
  },
  {
    name: "billing",
    files: [
      "lib/billing/errors.ts",
      "lib/billing/month.ts",
      "lib/billing/event.ts",
      "lib/billing/all-resellers.ts",
      "lib/billing/query.ts",
      "lib/billing/read-month.ts",
      "lib/billing/statement.ts",
      "lib/billing/manifest.ts",
      "lib/billing/snapshots.ts",
      "lib/billing/write-statements.ts",
      "lib/billing/bills/bill.ts",
      "lib/billing/bills/chain.ts",
      "lib/billing/bills/draft.ts",
      "lib/billing/bills/write-bills.ts",
      "lib/billing/bills/event.ts",
      "lib/billing/close-month.ts",
      "lib/billing/run.ts",
      "lib/billing/record.ts",
      "lib/billing/request.ts",
      "lib/billing/view.ts",
    ],
    packages: /^(node:crypto$|zod\b)/,
  },
  {
    name: "retries of AWS's calls",
    files: ["lib/retry.ts"],
    packages: /^(node:timers\/promises$|@smithy\/)/,
  },
  {
    name: "the rollup",
    files: [
      "lib/rollup/errors.ts",
      "lib/rollup/event.ts",
      "lib/rollup/closed-days.ts",
      "lib/rollup/listing.ts",
      "lib/rollup/statements.ts",
      "lib/rollup/due-days.ts",
      "lib/rollup/roll-up.ts",
      "lib/rollup/record.ts",
    ],
    packages: /^(node:crypto$|zod\b)/,
  },
  {
    name: "the edge to S3",
    files: [
      "lib/s3/read-object.ts",
      "lib/s3/list-pages.ts",
      "lib/s3/closed-days.ts",
      "lib/s3/snapshot-store.ts",
      "lib/s3/rollup-store.ts",
    ],
    packages: /^(node:|@smithy\/|@aws-sdk\/client-s3$)/,
  },
  {
    name: "the edge to Athena",
    files: [
      "lib/athena/token.ts",
      "lib/athena/result-csv.ts",
      "lib/athena/execution.ts",
      "lib/athena/result.ts",
      "lib/athena/querier.ts",
    ],
    packages: /^(node:|@smithy\/|@aws-sdk\/client-athena$)/,
  },
  {
    name: "the edge to HTTP",
    files: [
      "lib/http/metrics.ts",
      "lib/http/record.ts",
      "lib/http/request.ts",
      "lib/http/response.ts",
      "lib/http/problem.ts",
      "lib/http/entity-tag.ts",
      "lib/http/negotiation.ts",
      "lib/http/json-body.ts",
      "lib/http/shell.ts",
    ],
    packages: /^(node:|zod\b|@middy\/|negotiator$|aws-lambda$)/,
  },
  {
    name: "the edge to the environment",
    files: ["lib/config.ts"],
    packages: /^(node:|zod\b)/,
  },
];

/** Layers that are edges, by the beginning of their files' names, and the edges that each may lean on. */
export const EDGES: readonly Edge[] = [
  { folder: "lib/s3/", leansOn: [] },
  // The result of a query is an object in S3.
  { folder: "lib/athena/", leansOn: ["lib/s3/"] },
  { folder: "lib/http/", leansOn: [] },
  { folder: "lib/config.ts", leansOn: [] },
];

/** The other folders, and what of the project each file in them may import. */
export const REST: readonly Folder[] = [
  // A handler is given its querier and its clock: it knows neither Athena nor the environment.
  {
    files: /^functions\/[a-z-]+\/handler\.ts$/,
    imports: /^lib\/(?!athena\/|s3\/|config\.ts)/,
    packages: /^(@middy\/core|aws-lambda)$/,
  },
  {
    files: /^functions\/[a-z-]+\/index\.ts$/,
    imports: /^(lib\/|functions\/[a-z-]+\/handler\.ts$)/,
    packages: /^@(aws-sdk|smithy)\//,
  },
  { files: /^infra\//, imports: /^(infra|lib)\//, packages: /./ },
  // What runs in a browser shares with the service what has neither AWS nor HTTP in it.
  {
    files: /^portal\//,
    imports: /^(portal\/|lib\/(minutes|period|billing\/month)\.ts$)/,
    packages: /^(preact(\/hooks)?|oauth4webapi)$/,
  },
  { files: /^local\//, imports: /^(local|infra|lib)\//, packages: /./ },
];

export interface Layer {
  readonly name: string;
  readonly files: readonly string[];
  readonly packages: RegExp;
}
export interface Edge {
  readonly folder: string;
  readonly leansOn: readonly string[];
}
export interface Folder {
  readonly files: RegExp;
  readonly imports: RegExp;
  readonly packages: RegExp;
}
