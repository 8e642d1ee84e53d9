import { randomUUID } from "node:crypto";
import type { FunctionName } from "../infra/functions.ts";
import { ROUTES } from "../infra/routes.ts";
import { STATE_NAME } from "../lib/rollup/coverage.ts";
import { FIRST_STATE_NAME } from "../lib/rollup/first-state.ts";
import type { AthenaQuotas } from "./athena/quotas.ts";
import { startAthena } from "./athena/server.ts";
import { startDynamoDb } from "./dynamodb/server.ts";
import type { Engine } from "./engine/engine.ts";
import { type Faults, faults } from "./faults.ts";
import {
  ANSWERS_BUCKET,
  BUDGET_TABLE,
  DATABASE,
  GRANTS_BUCKET,
  LAKE_BUCKET,
  ROLLUP_BUCKET,
  ROLLUP_VARIABLES,
  SNAPSHOT_BUCKET,
  startFunction,
  WORKGROUP,
} from "./functions.ts";
import { jwtAuthorizer } from "./gateway/authorizer.ts";
import { PORTAL_CLIENT, portalSite } from "./gateway/portal.ts";
import { startGateway } from "./gateway/server.ts";
import { partnersOf } from "./issuer/partners.ts";
import { startIssuer } from "./issuer/server.ts";
import { AUDIENCE } from "./issuer/tokens.ts";
import type { LocalFunction } from "./lambda/function.ts";
import { startS3 } from "./s3/server.ts";
import { tokenBucket } from "./token-bucket.ts";

export interface StackOptions {
  /** The port of the gateway; the issuer, Athena, S3 and DynamoDB take the four ports after it. 0: free ports for all. */
  readonly port: number;
  readonly engine: Engine;
  /** The lake's folder, if days may be rolled up. Without it every day is read from its calls. */
  readonly lake?: string | undefined;
  /** The folder of the built functions, `dist/functions`. */
  readonly functions: string;
  /** The folder of the built report page, `dist/portal`; without it there is no page. */
  readonly portal?: string;
  /** Lifetime in seconds of the token of a signed-in person (3,600). */
  readonly signedInFor?: number;
  /** The folder in which the local S3 keeps its objects. */
  readonly objects: string;
  /** Limit of bytes scanned by a query; by default none. */
  readonly bytesScannedCutoff?: number;
  /** How many requests a second the gateway takes, and the size of a burst; by default without limits. */
  readonly throttle?: { readonly rate: number; readonly burst: number };
  /** Athena's quotas; by default none. */
  readonly athenaQuotas?: AthenaQuotas | undefined;
  /** Queries that Athena runs at once, and instances of each function; by default what two cores can do. */
  readonly queries?: number;
  readonly instances?: number;
  /** New executions that a partner may start in a minute; by default no limit and no DynamoDB. */
  readonly partnerExecutionsPerMinute?: number;
  /** The functions' timeout in seconds; by default as deployed. The gateway waits a second longer, at least 30 s. */
  readonly timeout?: number;
  /** Receives the functions' log, one JSON object a line. */
  readonly log: (text: string) => void;
  /** Variables for the functions that add to or replace those of the stack. */
  readonly environment?: Readonly<Record<string, string>>;
}

export interface Stack {
  /** The gateway's address. */
  readonly url: string;
  readonly issuer: string;
  readonly athena: string;
  /** Undefined without budgets of partners. */
  readonly dynamodb: string | undefined;
  readonly s3: string;
  /** Faults that the local Athena and S3 inject. */
  readonly faults: Faults;
  /**
   * Invokes the function that closes months, as its schedule or a person would.
   *
   * @throws FunctionError if the run failed
   */
  snapshot(event: unknown): Promise<unknown>;
  /**
   * Invokes the function that rolls up days, as its schedule or a person would.
   *
   * @throws FunctionError if the run failed
   */
  rollUp(event?: unknown): Promise<unknown>;
  /** Grants resellers to an account, in place of those that it had. */
  grant(account: string, resellerIds: readonly string[]): Promise<void>;
  close(): Promise<void>;
}

/**
 * Starts gateway, issuer, Athena, S3 and DynamoDB on 127.0.0.1, and the built functions behind the gateway. If one cannot
 * start, those before it are ended.
 *
 * @throws Error with code EADDRINUSE if a port is taken
 */
export async function startStack(options: StackOptions): Promise<Stack> {
  await using started = new AsyncDisposableStack();
  const start = async <Part extends { close(): Promise<void> }>(part: Part | Promise<Part>) =>
    started.adopt(await part, (running) => running.close());
  const port = (offset: number) => (options.port === 0 ? 0 : options.port + offset);

  const shown = faults();
  const issuer = await start(
    startIssuer(port(1), {
      partners: () => partnersOf(options.engine),
      ...(options.signedInFor !== undefined && { lifetime: options.signedInFor }),
    }),
  );
  const folder = options.lake === undefined ? undefined : { bucket: LAKE_BUCKET, directory: options.lake };
  const s3 = await start(startS3({ directory: options.objects, port: port(3), faults: shown, folder }));
  const athena = await start(
    startAthena({
      port: port(2),
      engine: options.engine,
      faults: shown,
      workgroup: WORKGROUP,
      database: DATABASE,
      bytesScannedCutoff: options.bytesScannedCutoff,
      quotas: options.athenaQuotas,
      concurrency: options.queries,
      outputLocation: "s3://athena-results/minutes/",
      store: async (location, content) => {
        const { bucket, key } = bucketAndKey(location);
        await s3.putStream(bucket, key, content, "text/csv");
      },
      open: (location) => {
        const { bucket, key } = bucketAndKey(location);
        return s3.getStream(bucket, key);
      },
    }),
  );
  await s3.makeBucket(SNAPSHOT_BUCKET);
  await s3.makeBucket(ROLLUP_BUCKET);
  await s3.makeBucket(ANSWERS_BUCKET);
  await s3.makeBucket(GRANTS_BUCKET);
  // The engine starts with an empty table, so its state must be deleted too.
  for (const name of [STATE_NAME, FIRST_STATE_NAME]) s3.remove(ROLLUP_BUCKET, name);
  const perMinute = options.partnerExecutionsPerMinute;
  const dynamodb =
    perMinute === undefined ? undefined : await start(startDynamoDb(port(4), BUDGET_TABLE, shown));
  const budget = dynamodb && {
    AWS_ENDPOINT_URL_DYNAMODB: dynamodb.url,
    BUDGET_TABLE,
    PARTNER_EXECUTIONS_PER_MINUTE: String(perMinute),
  };
  const environment = {
    ...budget,
    ...(options.lake !== undefined && ROLLUP_VARIABLES),
    ...options.environment,
  };
  const surroundings = { ...options, environment, athena: athena.url, s3: s3.url };
  const answering = new Map<FunctionName, LocalFunction>();
  for (const { function: name } of ROUTES) {
    if (!answering.has(name)) answering.set(name, await start(startFunction(name, surroundings)));
  }
  const snapshot = await start(startFunction("billing-snapshot", { ...surroundings, timeout: undefined }));
  const rollup = await start(startFunction("usage-rollup", { ...surroundings, timeout: undefined }));
  const authorizer = jwtAuthorizer({ issuer: issuer.url, audience: AUDIENCE, scopes: [] });
  const routes = ROUTES.flatMap(({ path, function: name, access }) => {
    const target = answering.get(name);
    return target === undefined
      ? []
      : [{ path, target, authorizer: access === "token" ? authorizer : undefined }];
  });
  const gateway = await start(
    startGateway(
      port(0),
      routes,
      options.portal === undefined ? undefined : portalSite(options.portal, issuer.url),
      Math.max(30, (options.timeout ?? 0) + 1) * 1_000,
      options.throttle && tokenBucket(options.throttle.rate, options.throttle.burst),
    ),
  );
  // Both names of this machine, because the page may be opened with either.
  const origins = [gateway.url, `http://localhost:${gateway.port}`];
  issuer.register({ client_id: PORTAL_CLIENT, redirectUris: origins.map((origin) => `${origin}/portal/`) });

  const parts = started.move();
  return {
    url: gateway.url,
    issuer: issuer.url,
    athena: athena.url,
    dynamodb: dynamodb?.url,
    s3: s3.url,
    faults: shown,
    snapshot: async (event) => JSON.parse(await snapshot.invoke(event, randomUUID())),
    rollUp: async (event = {}) => JSON.parse(await rollup.invoke(event, randomUUID())),
    grant: async (account, resellerIds) => {
      const content = JSON.stringify({ account_id: account, reseller_ids: resellerIds });
      await s3.putStream(GRANTS_BUCKET, `${account}.json`, [Buffer.from(content)], "application/json");
    },
    close: () => parts.disposeAsync(),
  };
}

function bucketAndKey(location: string): { bucket: string; key: string } {
  const { hostname, pathname } = new URL(location);
  return { bucket: hostname, key: pathname.slice(1) };
}
