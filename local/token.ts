/** `npm run -s token`: prints a bearer token of the running stack's issuer, and nothing else. */
import { parseArgs } from "node:util";
import { ACCOUNT_CLAIM } from "./functions.ts";
import { requestToken } from "./tokens.ts";

const USAGE = `Usage: npm run -s token -- [options]
  --port N             port of the running stack (8787)
  --all                every reseller of the lake, 100 at most
  --resellers ID[,ID]  resellers to put into the claim, as an array
  --raw JSON           any JSON value to put into the claim instead
  --account ID         an account, whose resellers are in the bucket "grants" of the local S3
  --claim NAME         name of the claim with the resellers (reseller_ids)
  --expired            a token that has expired
Without --all, --resellers, --raw and --account the token names no resellers, and reports are empty.`;

function tokenArguments() {
  const { values } = parseArgs({
    options: {
      port: { type: "string", default: "8787" },
      all: { type: "boolean", default: false },
      resellers: { type: "string" },
      raw: { type: "string" },
      account: { type: "string" },
      claim: { type: "string", default: "reseller_ids" },
      expired: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  if (!/^[0-9]{1,5}$/.test(values.port)) throw new Error("--port takes a number");
  const given = [values.all, values.resellers !== undefined, values.raw !== undefined].filter(Boolean);
  if (given.length > 1) throw new Error("Give one of --all, --resellers and --raw.");
  return values;
}

function claimsOf({ resellers, raw, account, claim }: ReturnType<typeof tokenArguments>): object {
  const named = account === undefined ? {} : { [ACCOUNT_CLAIM]: account };
  if (raw !== undefined) return { ...named, [claim]: JSON.parse(raw) };
  return resellers === undefined ? named : { ...named, [claim]: resellers.split(",") };
}

try {
  const values = tokenArguments();
  if (values.help) {
    console.log(USAGE);
  } else {
    const issuer = `http://127.0.0.1:${Number(values.port) + 1}`;
    const partner = values.all ? "all" : undefined;
    console.log(await requestToken(issuer, claimsOf(values), values.expired ? -60 : 3_600, partner));
  }
} catch (error) {
  const unreachable = error instanceof TypeError && error.message === "fetch failed";
  const message = error instanceof Error ? error.message : String(error);
  console.error(
    unreachable ? "No stack answers there. Start it with npm start, or give its --port." : message,
  );
  if (!unreachable) console.error(USAGE);
  process.exitCode = 1;
}
