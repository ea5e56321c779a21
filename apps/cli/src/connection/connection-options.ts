import type { Command } from 'commander';

/** Where a command goes, and as whom. */
export interface ConnectionOptions {
  url?: string;
  token?: string;
}

export function addConnectionOptions(command: Command): Command {
  return command
    .option('--url <url>', 'the Podex to talk to; PODEX_URL, that of podex login, else this machine’s')
    .option('--token <token>', 'bearer token for it; better in PODEX_TOKEN, where other users can’t see it');
}
