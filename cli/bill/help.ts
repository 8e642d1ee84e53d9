/** The text that `voice-minutes bill --help` prints. */
export const BILL_HELP = `Usage: voice-minutes bill [NUMBER] [options]

Prints what to invoice. Without NUMBER: every bill with the totals of the token's resellers, and the adjustments that
wait for the next bill. With NUMBER: that bill's lines of usage, its adjustments and its totals.

Output:
  --csv               with NUMBER: prints the service's CSV unchanged, instead of the tables. It is the file to post
  --json              prints the service's JSON unchanged, instead of the tables
Seconds are exact and may be added up. Minutes are rounded for each line and each total: do not add those of lines.
A bill of the kind opening names months that were invoiced elsewhere: do not post it.
On a terminal, names are cut to its width, and control characters are shown as \uFFFD.

Service:
  --url URL           the service's address (default: MINUTES_URL, or http://127.0.0.1:8787)
  --token TOKEN       a bearer token. MINUTES_TOKEN is safer: a list of processes shows command lines
  --wait SECONDS      how long to retry while the service is busy (default: 90; 0: no retries)
  --quiet             prints only errors: no progress, no notes
  --help              prints this text

Examples:
  voice-minutes bill
  voice-minutes bill 7
  voice-minutes bill 7 --csv > bill-7.csv

Standard output gets the whole bill or nothing. Everything else goes to standard error. Exit codes:
  0  the bill was printed, or the reader of the pipe closed it early, as head does
  1  a fault of the service or of this command, or an answer that is not the bill
  2  the call is invalid, or there is no such bill: correct what the message names
  3  the token is wrong or expired, or lacks a right: get a new one
  4  the service is busy, too slow or cannot be reached, or stored data is damaged: try again later
  5  the bill is too large for one answer: ask with tokens of fewer resellers
`;
