/** Returns the addresses of the Athena and the S3 of the stack at this port; undefined if none runs. */
export async function runningServices(port: number): Promise<{ athena: string; s3: string } | undefined> {
  const services = { athena: `http://127.0.0.1:${port + 2}`, s3: `http://127.0.0.1:${port + 3}` };
  try {
    await Promise.all(Object.values(services).map((url) => fetch(url)));
  } catch {
    return undefined;
  }
  return services;
}
