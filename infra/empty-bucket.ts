import {
  DeleteObjectsCommand,
  GetBucketVersioningCommand,
  paginateListObjectsV2,
  type S3Client,
} from "@aws-sdk/client-s3";

/**
 * Deletes every object of a bucket, so that CloudFormation can delete the bucket.
 *
 * @returns number of deleted objects
 * @throws Error for a bucket with versioning, whose content must survive
 * @throws Error that names the first object that S3 did not delete
 */
export async function emptyBucket(client: S3Client, bucket: string): Promise<number> {
  const { Status } = await client.send(new GetBucketVersioningCommand({ Bucket: bucket }));
  if (Status !== undefined) throw new Error(`The bucket ${bucket} keeps versions. It was not emptied.`);
  let deleted = 0;
  for await (const { Contents = [] } of paginateListObjectsV2({ client }, { Bucket: bucket })) {
    if (Contents.length === 0) continue;
    const Objects = Contents.map(({ Key }) => ({ Key }));
    const command = new DeleteObjectsCommand({ Bucket: bucket, Delete: { Objects, Quiet: true } });
    const [failed] = (await client.send(command)).Errors ?? [];
    if (failed !== undefined)
      throw new Error(`S3 did not delete ${failed.Key} of ${bucket}: ${failed.Code} ${failed.Message}`);
    deleted += Objects.length;
  }
  return deleted;
}
