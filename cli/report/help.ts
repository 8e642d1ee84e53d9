/** What `--help` prints. */
export const HELP = `Usage: voice-minutes report --from DAY --to DAY [options]

Prints the voice minutes of a range of days, by organization, by agent or by day.

  --from DAY          first day, YYYY-MM-DD in UTC
  --to DAY            last day, which is counted too
  --by organization   what each line is: organization, agent or day (organization)
  --agent ID          with --by agent, which agents; ID,ID or the option again for more
  --reseller ID       only this reseller; ID,ID or the option again for more
  --organization ID   only this organization; ID,ID or the option again for more

What is printed:
  --agents            with --by organization, each one's agents beneath it (else only how many there are)
  --ids               the id beside each name, as --reseller and --organization take it
  --csv               instead of the table the service's CSV, byte for byte
  --json              instead of the table the service's JSON, byte for byte
Minutes have two decimals, each rounded from exact seconds; totals and shares are made of the seconds.
On a terminal, names are cut to its width, and control characters are shown as \uFFFD.

Where it is asked:
  --url URL           the service's address; else MINUTES_URL; else http://127.0.0.1:8787
  --token TOKEN       a bearer token; better in MINUTES_TOKEN: a command line shows in lists of processes
  --wait SECONDS      how long in all to wait and try again while the service is busy (30; 0: do not)
  --quiet             no progress and no notes, only errors
  --help              this text

Examples, with npm start running in another terminal:
  export MINUTES_TOKEN=$(npm run -s token -- --resellers 78e6e8a8-01b7-4a45-a227-471062f7fe52)
  voice-minutes report --from 2026-04-01 --to 2026-04-30
  voice-minutes report --from 2026-04-01 --to 2026-04-30 --csv > april.csv

The report is on standard output, all of it or nothing; everything else is on standard error. Exit codes:
  0  the report was printed (also where the reader of a pipe has ended early, as head does)
  1  a fault of the service or of this command, or an answer that is not the report
  2  the call or the request is invalid: correct what is said
  3  the token is missing rights, wrong or expired: get a new one
  4  the service is busy, too slow or out of reach: try again later, or with fewer days
  5  the report is too large for one answer: ask for fewer resellers or organizations
`;
