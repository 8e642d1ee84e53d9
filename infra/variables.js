/**
 * The values that serverless.yml reads as `${file(infra/variables.js):<name>}`. It is plain JavaScript, because osls
 * loads no TypeScript there. The logic is in the TypeScript files beside it.
 */

import { alarmsOfFunctions, withFunctionAlarms } from "./function-alarms.ts";
import { FUNCTIONS } from "./functions.ts";
import { grantsAccess as accessToGrants } from "./grants-access.ts";
import { withLakeKey } from "./lake-key.ts";
import { PARAMETER_NAMES, parseParameters } from "./parameters.ts";
import * as portal from "./portal-template.ts";
import * as gateway from "./routes.ts";
import { readersOf } from "./snapshot-readers.ts";

/** The validated deploy parameters. Without the check, a misspelt `--param` would be ignored and deploy the default. */
export async function parameters({ resolveVariable, options }) {
  for (const given of options.param ?? []) {
    const name = given.split("=", 1)[0];
    if (!PARAMETER_NAMES.includes(name)) {
      throw new Error(`--param ${name}: no such parameter; there are ${PARAMETER_NAMES.join(", ")}`);
    }
  }
  const values = {};
  for (const name of PARAMETER_NAMES) values[name] = await resolveVariable(`param:${name}`);
  return parseParameters(values, await resolveVariable("sls:stage"));
}

/** The policy of each role that queries the lake. It may decrypt the lake only if a key is given. */
export async function lakeAccess({ resolveVariable }) {
  const [policy, { lakeKmsKeyArn }] = await Promise.all([
    resolveVariable("file(infra/lake-access.yml)"),
    resolveVariable("self:custom.parameters"),
  ]);
  return withLakeKey(policy, lakeKmsKeyArn);
}

/** The principals that may read the bucket of the closed months. */
export async function snapshotReaders({ resolveVariable }) {
  const { auditorRoleArn } = await resolveVariable("self:custom.parameters");
  return readersOf(["BillingSnapshotRole", "BillingSnapshotsApiRole"], auditorRoleArn);
}

/** The principals that may read the results of billing's queries. */
export async function billingResultReaders({ resolveVariable }) {
  const { auditorRoleArn } = await resolveVariable("self:custom.parameters");
  return readersOf(["BillingSnapshotRole"], auditorRoleArn);
}

/** The right to read the grants of accounts, if there are accounts. */
export async function grantsAccess({ resolveVariable }) {
  const { grantsLocation } = await resolveVariable("self:custom.parameters");
  return accessToGrants(grantsLocation);
}

export async function cors({ resolveVariable }) {
  return gateway.cors(await resolveVariable("self:custom.parameters"));
}

/** The alarms that every function has. */
export async function functionAlarms({ resolveVariable }) {
  const { alarmActions } = await resolveVariable("self:custom.parameters");
  return { Resources: alarmsOfFunctions(alarmActions) };
}

/** The rule that announces new bills, if there is a topic. */
export async function billingEvents({ resolveVariable }) {
  const { billingTopicArn } = await resolveVariable("self:custom.parameters");
  return billingTopicArn === "" ? { Resources: {} } : resolveVariable("file(infra/billing-events.yml)");
}

/** Each function's memory and timeout. */
export async function settings() {
  return FUNCTIONS;
}

/** Each function's routes, as its events. */
export async function events({ resolveVariable }) {
  return gateway.events(await resolveVariable("self:custom.parameters"));
}

/** The throttle of each public route. */
export async function documentationThrottles({ resolveVariable }) {
  return gateway.publicThrottles(await resolveVariable("self:custom.parameters"));
}

/** The public routes, as the template names them. */
export async function documentationRouteIds() {
  return gateway.publicRouteIds();
}

/** The dashboard as the JSON text that CloudFormation takes; the source is YAML, for its readers. */
export async function dashboardBody({ resolveVariable }) {
  return JSON.stringify(withFunctionAlarms(await resolveVariable("file(infra/dashboard-body.yml):body")));
}

/** The report page's headers, as its CloudFront policy. */
export async function portalHeadersPolicy({ resolveVariable }) {
  const names = ["self:service", "sls:stage", "self:provider.region"];
  const [service, stage, region] = await Promise.all(names.map((name) => resolveVariable(name)));
  // With the region, because this name is unique in an account, not in a region.
  const name = `${service}-${stage}-portal-${region}`;
  return portal.headersPolicy(name, await resolveVariable("self:custom.parameters"));
}

export async function portalPaths() {
  return portal.pathsFunction();
}
