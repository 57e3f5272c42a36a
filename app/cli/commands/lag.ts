import { Command } from 'commander';
import { describeLag, readLag } from '../../lag';
import type { Terminal } from '../command';

/** `library lag`: the lag of each consumer. */
export function lagCommand({ stdout, config }: Terminal): Command {
  return new Command('lag')
    .description('How many records each consumer has not read yet, and how many it has set aside')
    .option('--json', 'as JSON, one array')
    .action(async ({ json }: { json?: true }) => {
      const lags = await readLag(config());
      if (json) {
        stdout.write(`${JSON.stringify(lags)}\n`);
        return;
      }
      for (const line of describeLag(lags)) stdout.write(`${line}\n`);
    });
}
