/** `npm run doctor`: checks a lake against its contract, and reports violations. */
import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { isDay } from "../lib/period.ts";
import { duckdbEngine } from "../local/engine/duckdb.ts";
import { LakeError } from "../local/engine/lake-tables.ts";
import { adviceOn, EARLIEST_DATE, UsageError } from "../local/options.ts";
import { askEngine, type CheckedLake, checkLake } from "./doctor/check-lake.ts";
import { deployedLake } from "./doctor/deployed-lake.ts";
import { paragraphOf } from "./doctor/finding.ts";
import { folderSource } from "./doctor/lake-source.ts";

const USAGE = `Usage: npm run -s doctor -- --data DIR [options]
       npm run -s doctor -- --lake s3://BUCKET/PREFIX/ --workgroup NAME --database NAME [options]
  --data DIR             a lake folder on this machine
  --lake LOCATION        a deployed lake: its files are read from S3, its records through Athena, with the
                         credentials and the region of the environment
  --workgroup NAME       Athena's workgroup, such as minutes-service-prod-usage-rollup
  --database NAME        the Glue database of the lake's tables
  --earliest-date DAY    the first day that counts (${EARLIEST_DATE})
  --quick                checks only the records of the newest month
Exit code: 0: no errors, perhaps warnings. 1: errors. 2: the call is wrong, or there is no lake.`;

/** Exit codes. */
const [SOUND, BROKEN, UNUSABLE] = [0, 1, 2];

function readArguments() {
  const { values } = parseArgs({
    options: {
      data: { type: "string" },
      lake: { type: "string" },
      workgroup: { type: "string" },
      database: { type: "string" },
      "earliest-date": { type: "string", default: EARLIEST_DATE },
      quick: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  return values;
}

async function check(options: ReturnType<typeof readArguments>): Promise<CheckedLake> {
  const { data, lake: location, workgroup, database, "earliest-date": earliestDate } = options;
  if (!isDay(earliestDate)) throw new UsageError("--earliest-date takes a day as YYYY-MM-DD.");
  const part = options.quick ? "quick" : "all";
  if ((data === undefined) === (location === undefined)) throw new UsageError("Give --data or --lake.");
  if (location !== undefined) {
    const region = process.env["AWS_REGION"] ?? "";
    if (!/^s3:\/\/[^/]+\/(.+\/)?$/.test(location)) throw new UsageError("--lake takes s3://BUCKET/PREFIX/.");
    if (workgroup === undefined || database === undefined || region === "") {
      throw new UsageError("--lake needs --workgroup, --database and the variable AWS_REGION.");
    }
    const { source, ask } = deployedLake({ location, workgroup, database, region });
    return checkLake(source, ask, earliestDate, part);
  }
  const directory = resolve(process.env["INIT_CWD"] ?? ".", data ?? "");
  const engine = await duckdbEngine(directory, { earliestDate });
  try {
    return await checkLake(folderSource(directory), askEngine(engine), earliestDate, part);
  } finally {
    await engine.close();
  }
}

function report({ findings, days }: CheckedLake): number {
  for (const finding of findings) console.log(`${paragraphOf(finding)}\n`);
  const errors = findings.filter(({ level }) => level === "error").length;
  const [first, last] = [days.at(0), days.at(-1)];
  const extent = first === last ? (first ?? "no file") : `${first} to ${last}`;
  const warnings = findings.length - errors;
  console.log(
    `${counted(days.length, "day")}, ${extent}: ${counted(errors, "error")}, ${counted(warnings, "warning")}.`,
  );
  return errors === 0 ? SOUND : BROKEN;
}

function counted(count: number, word: string): string {
  return `${count} ${count === 1 ? word : `${word}s`}`;
}

try {
  const options = readArguments();
  if (options.help) console.log(USAGE);
  else process.exitCode = report(await check(options));
} catch (error) {
  console.error(error instanceof LakeError ? error.message : (adviceOn(error, USAGE) ?? error));
  process.exitCode = UNUSABLE;
}
