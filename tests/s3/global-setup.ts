import { startVersitygw } from "./server.ts";

/** Starts versitygw, and passes it to the tests in the variables for any S3 server. */
export async function setup(): Promise<() => Promise<void>> {
  const server = await startVersitygw().catch(giveUp);
  process.env["S3_ENDPOINT"] = server.url;
  process.env["AWS_REGION"] = server.region;
  process.env["AWS_ACCESS_KEY_ID"] = server.accessKeyId;
  process.env["AWS_SECRET_ACCESS_KEY"] = server.secretAccessKey;
  return () => server.close();
}

/** Vitest would hide the message below a stack trace, after "No test files found". */
function giveUp(error: unknown): never {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
}
