/**
 * The differences between MiniStack and AWS that matter here. The template is deployed unchanged. After a deployment,
 * the functions below change four things through the services' own APIs.
 *
 * - Its Athena ignores ExecutionParameters and has no Iceberg. `useEngine` points the functions to the project's own
 *   Athena, which writes its results to MiniStack's S3.
 * - Its CloudFront reads an S3 origin over plain HTTP, which the page bucket's TlsOnly statement refuses.
 *   `allowPlainReads` removes the statement.
 * - Its API Gateway has no HTTPS, and its CloudFront does not connect to names below amazonaws.com. `useApiOrigin`
 *   points the distribution's API origin to MiniStack's port.
 * - Its API Gateway does not understand CloudFormation's member names of CorsConfiguration. `useCors` writes the same
 *   configuration through the API.
 *
 * For these differences there is no workaround, so they are not tested here. It accepts managed policy ids that do
 * not exist (they are compared with its own list instead). It makes no metrics of log lines. It does not substitute
 * attributes of the scheduler. It deletes buckets that are not empty. It creates an authorizer without asking its
 * issuer. It caches nothing in CloudFront. It checks no permissions: IAM policies, bucket policies and Lake
 * Formation.
 */
import { GetDistributionConfigCommand, UpdateDistributionCommand } from "@aws-sdk/client-cloudfront";
import {
  GetFunctionConfigurationCommand,
  UpdateFunctionConfigurationCommand,
  waitUntilFunctionUpdatedV2,
} from "@aws-sdk/client-lambda";
import { GetBucketPolicyCommand, PutBucketPolicyCommand } from "@aws-sdk/client-s3";
import * as z from "zod";
import type { Cloud } from "./cloud.ts";

/**
 * Adds the endpoints to a function's own variables.
 *
 * @param athenas the address of the Athena of each workgroup
 */
export async function useEngine(
  { lambda }: Cloud,
  functionName: string,
  athenas: ReadonlyMap<string, string>,
  s3: string,
): Promise<void> {
  const { Environment } = await lambda.send(
    new GetFunctionConfigurationCommand({ FunctionName: functionName }),
  );
  const own = Environment?.Variables ?? {};
  const athena = athenas.get(own["ATHENA_WORKGROUP"] ?? "");
  const Variables = {
    ...own,
    AWS_ENDPOINT_URL_S3: s3,
    // MiniStack serves all services at one address.
    AWS_ENDPOINT_URL_DYNAMODB: s3,
    ...(athena !== undefined && { AWS_ENDPOINT_URL_ATHENA: athena }),
  };
  await lambda.send(
    new UpdateFunctionConfigurationCommand({ FunctionName: functionName, Environment: { Variables } }),
  );
  await waitUntilFunctionUpdatedV2({ client: lambda, maxWaitTime: 30 }, { FunctionName: functionName });
}

const policy = z.looseObject({ Statement: z.array(z.looseObject({ Sid: z.string() })) });

export async function allowPlainReads({ s3 }: Cloud, bucket: string): Promise<void> {
  const { Policy } = await s3.send(new GetBucketPolicyCommand({ Bucket: bucket }));
  const { Statement, ...rest } = policy.parse(JSON.parse(Policy ?? ""));
  const others = Statement.filter(({ Sid }) => Sid !== "TlsOnly");
  if (others.length + 1 !== Statement.length) throw new Error(`${bucket} has no TlsOnly statement`);
  await s3.send(
    new PutBucketPolicyCommand({ Bucket: bucket, Policy: JSON.stringify({ ...rest, Statement: others }) }),
  );
}

export async function useApiOrigin(
  { cloudFront }: Cloud,
  distribution: string,
  port: number,
  apiId: string,
): Promise<void> {
  const { DistributionConfig, ETag } = await cloudFront.send(
    new GetDistributionConfigCommand({ Id: distribution }),
  );
  const origin = DistributionConfig?.Origins?.Items?.find(({ Id }) => Id === "api");
  if (DistributionConfig === undefined || origin?.CustomOriginConfig === undefined)
    throw new Error("the distribution has no API origin");
  origin.DomainName = "127.0.0.1";
  origin.OriginPath = `/_aws/execute-api/${apiId}/$default`;
  origin.CustomOriginConfig.HTTPPort = port;
  origin.CustomOriginConfig.OriginProtocolPolicy = "http-only";
  await cloudFront.send(
    new UpdateDistributionCommand({ Id: distribution, IfMatch: ETag, DistributionConfig }),
  );
}

const api = z.object({ corsConfiguration: z.record(z.string(), z.unknown()) });

export async function useCors(endpoint: string, region: string, apiId: string): Promise<void> {
  // MiniStack takes the region from the scope and checks no signature.
  const scope = `Credential=test/20260101/${region}/apigateway/aws4_request`;
  const headers = {
    authorization: `AWS4-HMAC-SHA256 ${scope}, SignedHeaders=host, Signature=0`,
    "content-type": "application/json",
  };
  const url = `${endpoint}/v2/apis/${apiId}`;
  const { corsConfiguration } = api.parse(await (await fetch(url, { headers })).json());
  const renamed = Object.entries(corsConfiguration).map(([name, value]) => [
    `${name.charAt(0).toLowerCase()}${name.slice(1)}`,
    value,
  ]);
  const body = JSON.stringify({ corsConfiguration: Object.fromEntries(renamed) });
  const updated = await fetch(url, { method: "PATCH", headers, body });
  if (!updated.ok) throw new Error(`MiniStack did not update the API: ${await updated.text()}`);
}
