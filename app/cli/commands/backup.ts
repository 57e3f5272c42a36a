import { Command } from 'commander';
import { backup } from '../../backup/backup';
import { kafkaSettings } from '../../../infra/kafka/client';
import { BatchStore } from '../../../infra/kafka/batch-store';
import type { Terminal } from '../command';
import { withConnections } from '../connections';
import { withProgress } from '../progress';

/** `library backup`: copies all topics into a folder. */
export function backupCommand(terminal: Terminal): Command {
  return new Command('backup')
    .description(
      'Copies all topics into a folder, up to where they end now. Run again, it adds what has come since. The database is not in it: dump that ' +
        'first. Everything may go on meanwhile. Interrupted, it leaves the backup that was there.',
    )
    .argument('<folder>', 'made if it is not there')
    .action((folder: string) =>
      withConnections(terminal, async ({ config, topics, log, logger }) => {
        const { TOPIC_PREFIX: prefix } = config;
        const store = new BatchStore(kafkaSettings(config, 'library-backup'), logger, prefix);
        try {
          const { manifest, added } = await withProgress(terminal, 'Copying', (callbacks) =>
            backup({ folder, prefix, topics, log, store, signal: terminal.signal, ...callbacks }),
          );
          const ends = manifest.topics.reservations.partitions.map(({ end }, i) => `${i}:${end}`).join(' ');
          terminal.stdout.write(
            `${folder} holds all that was acknowledged before ${ends} of ${topics.reservations} (${added.toLocaleString('en')} offsets of all topics were added).\n`,
          );
        } finally {
          store.close();
        }
      }),
    );
}
