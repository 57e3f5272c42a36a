import { Command } from 'commander';
import { consumerLag } from '../../lag';
import { table } from '../../lifecycle/table';
import type { Terminal } from '../command';

/** `library lag`: how far each consumer is behind. */
export function lagCommand({ stdout, config }: Terminal): Command {
  return new Command('lag')
    .description('How many records of its topic each consumer has not stored yet')
    .option('--json', 'as JSON, one array')
    .action(async ({ json }: { json?: true }) => {
      const lags = await consumerLag(config());
      if (json) {
        stdout.write(`${JSON.stringify(lags)}\n`);
        return;
      }
      const rows = lags.map(({ consumer, topic, lag }) => [consumer, topic, String(lag)]);
      for (const line of table([['CONSUMER', 'TOPIC', 'LAG'], ...rows])) stdout.write(`${line}\n`);
    });
}
