import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import * as z from "zod";
import { all, type Packaged } from "./packaged.ts";
import { asGiven } from "./statements.ts";
import { zipEntries } from "./zip-entries.ts";

const lambda = z.object({
  Handler: z.string(),
  Runtime: z.string(),
  Environment: z
    .object({ Variables: z.record(z.string(), z.unknown()) })
    .default({ Variables: {} })
    .transform(({ Variables }) => Variables),
});

/** What the Lambda runtime does at a cold start: it imports the module and finds the handler. */
const IMPORT = `
  const { handler } = await import(process.argv[1]);
  console.log(JSON.stringify({ node: process.versions.node, type: typeof handler, parameters: handler.length }));
`;
const started = z.object({ node: z.string(), type: z.string(), parameters: z.number() });

/** Tests of the uploaded zips. The files in `dist/` can also use the packages of the repository. */
export const describeZips = (packaged: Packaged) =>
  describe("every function's zip", () => {
    let folder: string;
    beforeAll(() => {
      folder = mkdtempSync(join(tmpdir(), "minutes-zips-"));
    });
    afterAll(() => rmSync(folder, { recursive: true }));

    test.each(["byDefault", "everything"] as const)(
      "starts in an empty folder with only the environment of the template (%s), and takes at most two arguments",
      async (which) => {
        const functions = Object.entries(all(packaged[which], "AWS::Lambda::Function"));
        const starts = functions.map(async ([id, properties]) => {
          const { Handler, Runtime, Environment } = lambda.parse(properties);
          const task = join(folder, which, id);
          const zip = `default/.serverless/${Handler.split("/").at(-2)}.zip`;
          for (const [name, content] of zipEntries(join(packaged.folder, zip))) {
            mkdirSync(dirname(join(task, name)), { recursive: true });
            writeFileSync(join(task, name), content);
          }
          const variables = Object.entries(Environment).map(([name, value]) => [name, asGiven(value)]);
          const result = await startZip(join(task, Handler.replace(/\.handler$/, ".mjs")), task, {
            // Lambda sets the region itself.
            AWS_REGION: "us-east-1",
            ...Object.fromEntries(variables),
          });
          expect(result, id).toMatchObject({ type: "function" });
          expect(result.parameters, id).toBeLessThanOrEqual(2);
          expect(`nodejs${result.node.split(".")[0]}.x`).toBe(Runtime);
          return id;
        });
        expect(await Promise.all(starts)).toHaveLength(functions.length);
      },
    );
  });

/** Imports a module in a process that can read only its own folder. */
async function startZip(module: string, folder: string, env: NodeJS.ProcessEnv) {
  const permissions = ["--permission", `--allow-fs-read=${folder}`, "--disable-warning=SecurityWarning"];
  const run = promisify(execFile)(
    process.execPath,
    [...permissions, "--input-type=module", "--eval", IMPORT, module],
    { cwd: folder, env },
  );
  return started.parse(JSON.parse((await run).stdout));
}
