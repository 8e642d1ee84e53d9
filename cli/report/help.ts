/** The text that `--help` prints. */
export const HELP = `Usage: voice-minutes report --from DAY --to DAY [options]

Prints the voice minutes of a range of days, by organization, by agent or by day.

  --from DAY          first day, YYYY-MM-DD in UTC
  --to DAY            last day, inclusive
  --by organization   what each line shows: organization, agent or day (default: organization)
  --agent ID          with --by agent: the agents; ID,ID or the option again for more
  --reseller ID       only this reseller; ID,ID or the option again for more
  --organization ID   only this organization; ID,ID or the option again for more

Output:
  --agents            with --by organization: lists the agents of each organization
  --ids               shows the id beside each name, for --reseller and --organization
  --csv               prints the service's CSV unchanged, instead of the table
  --json              prints the service's JSON unchanged, instead of the table
Minutes have two decimals, each rounded from exact seconds. Totals and shares are computed from seconds.
On a terminal, names are cut to its width, and control characters are shown as \uFFFD.

Service:
  --url URL           the service's address (default: MINUTES_URL, or http://127.0.0.1:8787)
  --token TOKEN       a bearer token. MINUTES_TOKEN is safer: a list of processes shows command lines
  --wait SECONDS      how long to retry while the service is busy (default: 90; 0: no retries)
  --quiet             prints only errors: no progress, no notes
  --help              prints this text

Examples, with npm start running in another terminal:
  export MINUTES_TOKEN=$(npm run -s token -- --resellers 78e6e8a8-01b7-4a45-a227-471062f7fe52)
  voice-minutes report --from 2026-04-01 --to 2026-04-30
  voice-minutes report --from 2026-04-01 --to 2026-04-30 --csv > april.csv

Standard output gets the whole report or nothing. Everything else goes to standard error. Exit codes:
  0  the report was printed, or the reader of the pipe closed it early, as head does
  1  a fault of the service or of this command, or an answer that is not the report
  2  the call or the request is invalid: correct what the message names
  3  the token is wrong or expired, or lacks a right: get a new one
  4  the service is busy, too slow or cannot be reached: try again later, or with fewer days
  5  the report is too large for one answer: ask for fewer resellers or organizations
`;
