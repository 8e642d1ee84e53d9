/** The text that `voice-minutes --help` prints. */
export const HELP = `Usage: voice-minutes COMMAND [options]

  report   prints the voice minutes of a range of days, by organization, by agent or by day
  bill     prints the bills, or one of them: what to invoice

voice-minutes COMMAND --help lists the options of a command.
`;
