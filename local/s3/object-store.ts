import { createHash, randomUUID } from "node:crypto";
import { createReadStream, createWriteStream, linkSync, openSync, renameSync, unlinkSync } from "node:fs";
import { appendFile, mkdir, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { S3Error } from "./errors.ts";
import { encodeFooter, readFooter, type StoredObject } from "./object-file.ts";
import { compareUtf8 } from "./utf8-order.ts";

/** Bytes that have arrived completely and are not an object yet. */
export interface Upload {
  readonly path: string;
  readonly size: number;
  readonly etag: string;
}

/** Decides at the moment of the commit whether the object may be written; throws an `S3Error` if not. */
export type Precondition = (existing: StoredObject | undefined) => void;

interface Bucket {
  readonly objects: Map<string, StoredObject>;
  /** The same in the order of a listing; null if it must be sorted again. */
  sorted: readonly StoredObject[] | null;
}

const BUCKET_NAME = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/;
const UPLOADS = ".uploads";

/**
 * Stores buckets and objects in a folder: `<bucket>/<SHA-256 of the key>`, one file for each object. The hash makes
 * every key a safe and unique file name on any file system: `..`, empty segments, 1,024 bytes, `a` beside `a/b`, `A`
 * beside `a`. The metadata is also kept in memory, so only one store may use the folder at a time.
 *
 * Every change is one synchronous step, so two requests cannot both pass a precondition.
 */
export class ObjectStore {
  readonly #directory: string;
  readonly #buckets: Map<string, Bucket>;

  private constructor(directory: string, buckets: Map<string, Bucket>) {
    this.#directory = directory;
    this.#buckets = buckets;
  }

  /** Opens the folder, and creates it if it is missing. Deletes uploads that a crash interrupted. */
  static async open(directory: string): Promise<ObjectStore> {
    await rm(join(directory, UPLOADS), { recursive: true, force: true });
    await mkdir(join(directory, UPLOADS), { recursive: true });
    const buckets = new Map<string, Bucket>();
    for (const name of await readdir(directory)) {
      if (BUCKET_NAME.test(name)) buckets.set(name, await readBucket(join(directory, name)));
    }
    return new ObjectStore(directory, buckets);
  }

  hasBucket(bucket: string): boolean {
    return this.#buckets.has(bucket);
  }

  /** Creates the bucket if it is missing. @throws S3Error InvalidBucketName */
  async createBucket(bucket: string): Promise<void> {
    if (!BUCKET_NAME.test(bucket)) throw new S3Error("InvalidBucketName");
    await mkdir(join(this.#directory, bucket), { recursive: true });
    if (!this.#buckets.has(bucket)) this.#buckets.set(bucket, { objects: new Map(), sorted: null });
  }

  /** Lists all objects of a bucket in the order of their keys' UTF-8 bytes. @throws S3Error NoSuchBucket */
  sortedObjects(name: string): readonly StoredObject[] {
    const bucket = this.#bucket(name);
    bucket.sorted ??= [...bucket.objects.values()].sort((a, b) => compareUtf8(a.key, b.key));
    return bucket.sorted;
  }

  /** @throws S3Error NoSuchBucket */
  find(bucket: string, key: string): StoredObject | undefined {
    return this.#bucket(bucket).objects.get(key);
  }

  /**
   * Reads the object's current bytes from `start` to before `end`. The file is opened before this returns, so a later
   * overwrite does not affect the stream.
   */
  read(bucket: string, object: StoredObject, start: number, end: number): Readable {
    if (start >= end) return Readable.from([]);
    const fd = openSync(this.#path(bucket, object.key), "r");
    return createReadStream("", { fd, start, end: end - 1 });
  }

  /** Receives bytes as a stream. If they end with an error, nothing is kept. */
  async receive(chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): Promise<Upload> {
    const path = join(this.#directory, UPLOADS, randomUUID());
    const md5 = createHash("md5");
    let size = 0;
    async function* counted() {
      for await (const bytes of chunks) {
        md5.update(bytes);
        size += bytes.length;
        yield bytes;
      }
    }
    try {
      await pipeline(counted, createWriteStream(path, { flags: "wx" }));
    } catch (error) {
      await rm(path, { force: true });
      throw error;
    }
    return { path, size, etag: `"${md5.digest("hex")}"` };
  }

  /**
   * Turns an upload into the object of that key, in one step. Without `replace`, an object that another process put
   * there is not overwritten either.
   *
   * @throws S3Error from the precondition, NoSuchBucket, PreconditionFailed; the upload is then deleted
   */
  async commit(
    bucketName: string,
    upload: Upload,
    description: Pick<StoredObject, "key" | "headers" | "checksum">,
    options: { readonly precondition: Precondition; readonly replace: boolean },
  ): Promise<StoredObject> {
    const lastModifiedSeconds = Math.floor(Date.now() / 1000);
    const object = { ...description, size: upload.size, etag: upload.etag, lastModifiedSeconds };
    try {
      await appendFile(upload.path, encodeFooter(object));
      const bucket = this.#bucket(bucketName);
      options.precondition(bucket.objects.get(object.key));
      place(upload.path, this.#path(bucketName, object.key), options.replace);
      bucket.objects.set(object.key, object);
      bucket.sorted = null;
      return object;
    } finally {
      await rm(upload.path, { force: true });
    }
  }

  /** Deletes the object if it exists. @throws S3Error NoSuchBucket */
  delete(bucketName: string, key: string): void {
    const bucket = this.#bucket(bucketName);
    if (!bucket.objects.delete(key)) return;
    bucket.sorted = null;
    unlinkSync(this.#path(bucketName, key));
  }

  #bucket(name: string): Bucket {
    const bucket = this.#buckets.get(name);
    if (bucket === undefined) throw new S3Error("NoSuchBucket", { details: { BucketName: name } });
    return bucket;
  }

  #path(bucket: string, key: string): string {
    return join(this.#directory, bucket, fileName(key));
  }
}

function fileName(key: string): string {
  return createHash("sha256").update(key).digest("hex");
}

async function readBucket(directory: string): Promise<Bucket> {
  const objects = new Map<string, StoredObject>();
  for (const name of await readdir(directory)) {
    const object = await readFooter(join(directory, name));
    objects.set(object.key, object);
  }
  return { objects, sorted: null };
}

/** `link` fails if the target exists, in one step of the file system; `rename` replaces it in one. */
function place(from: string, to: string, replace: boolean): void {
  if (replace) {
    renameSync(from, to);
    return;
  }
  try {
    linkSync(from, to);
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "EEXIST") {
      throw new S3Error("PreconditionFailed", { details: { Condition: "If-None-Match" }, cause: error });
    }
    throw error;
  }
}
