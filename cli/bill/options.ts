import { parseArgs } from "node:util";
import {
  CONNECTION,
  type ConnectionOptions,
  type Environment,
  readConnection,
  usage,
} from "../report/connection-options.ts";

export interface BillOptions extends ConnectionOptions {
  /** The bill's number; undefined for the list of bills. */
  readonly number: number | undefined;
}

function parsed(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: CONNECTION, allowPositionals: true });
  } catch (error) {
    throw usage("bill", [error instanceof Error ? error.message : String(error)]);
  }
}

/**
 * Parses the command line, with the environment for missing values.
 *
 * @throws ReportFailure that lists everything that is wrong with the call
 */
export function readBillOptions(args: readonly string[], environment: Environment): BillOptions | "help" {
  const { values, positionals } = parsed(args);
  if (values.help) return "help";
  const wrong: string[] = [];
  const [number, ...more] = positionals;
  if (more.length > 0) wrong.push("Give the number of one bill.");
  if (number !== undefined && !/^[1-9][0-9]{0,5}$/.test(number))
    wrong.push("NUMBER is the number of a bill, from 1 to 999999: voice-minutes bill 7");
  if (number === undefined && values.csv)
    wrong.push(
      "--csv needs the number of a bill: voice-minutes bill 7 --csv. The list is a table or --json.",
    );
  const connection = readConnection(values, environment, wrong);
  if (wrong.length > 0 || connection === undefined) throw usage("bill", wrong);
  return { ...connection, number: number === undefined ? undefined : Number(number) };
}
