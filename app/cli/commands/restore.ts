import { Command } from 'commander';
import { assertMovable, moveCheckpoints, type MovedTopic } from '../../../consumer/projector/checkpoint-move';
import { BatchStore } from '../../../infra/kafka/batch-store';
import { kafkaSettings } from '../../../infra/kafka/client';
import { KafkaLog } from '../../../infra/kafka/kafka-log';
import { checkTopics, createTopics } from '../../../infra/kafka/topics';
import { topicSpecs } from '../../../schemas/topics';
import { ETERNAL } from '../../backup/contents';
import { readManifest, type Manifest } from '../../backup/manifest';
import { checkFiles, restoreTopics } from '../../backup/restore';
import { CommandFailure, type Terminal } from '../command';
import { withConnections, type Connections } from '../connections';
import { withProgress } from '../progress';

/** How long the brokers may take for a part of a compacted topic, in milliseconds. */
const APPEND_TIMEOUT_MS = 30_000;

/** `library restore`: makes the topics from a backup. */
export function restoreCommand(terminal: Terminal): Command {
  return new Command('restore')
    .description(
      'Makes the topics from a backup, on a cluster that does not have them, with every event at the position that it had. What a restored ' +
        'database knows of them it knows of the new ones then. No role may run meanwhile. Afterwards: "npm run -s deploy".',
    )
    .argument('<folder>', 'what "library backup" has made')
    .action((folder: string) =>
      withConnections(terminal, (connections) => restoreFrom(folder, terminal, connections)),
    );
}

async function restoreFrom(folder: string, terminal: Terminal, connections: Connections): Promise<void> {
  const { config, topics, pool, logger } = connections;
  const manifest = await manifestOf(folder, config.TOPIC_PREFIX);
  await checkFiles(folder, manifest);
  const moved = movedTopics(manifest, connections);
  const checkpoints = await assertMovable(pool, moved);
  const kafka = kafkaSettings(config, 'library-restore');
  const specs = topicSpecs(topics);
  await createTopics(kafka, logger, specs, config.REPLICATION_FACTOR);
  await checkTopics(kafka, logger, specs, config.REPLICATION_FACTOR);
  const log = new KafkaLog(kafka, logger, { appendTimeout: APPEND_TIMEOUT_MS });
  const store = new BatchStore(kafka, logger, config.TOPIC_PREFIX);
  try {
    await withProgress(terminal, 'Restoring', (callbacks) =>
      restoreTopics({ folder, manifest, topics, log, store, signal: terminal.signal, ...callbacks }),
    );
    const clusterId = await log.identity();
    if (checkpoints > 0)
      for (const { topic } of moved)
        await moveCheckpoints(pool, topic, { clusterId, topicId: (await log.topicId(topic)) ?? null });
  } finally {
    store.close();
    await log.close();
  }
  terminal.stdout.write(
    `The topics are as they were at ${manifest.at}. ` +
      (checkpoints > 0
        ? `${checkpoints} checkpoints of the database are theirs now.\n`
        : 'The database is empty: the views will be made from the stream.\n'),
  );
}

async function manifestOf(folder: string, prefix: string): Promise<Manifest> {
  const manifest = await readManifest(folder);
  if (!manifest)
    throw new CommandFailure(`${folder} has no manifest.json: it is no backup, or was not finished.`);
  if (manifest.prefix !== prefix)
    throw new CommandFailure(
      `The backup is of topics that begin with "${manifest.prefix}": set TOPIC_PREFIX=${manifest.prefix}. The schemas are registered under the names of topics.`,
    );
  return manifest;
}

function movedTopics(manifest: Manifest, { topics }: Connections): MovedTopic[] {
  return [...ETERNAL].map((key) => {
    const { topicId, partitions } = manifest.topics[key];
    return {
      topic: topics[key],
      from: { clusterId: manifest.clusterId, topicId },
      ends: partitions.map(({ end }) => end),
    };
  });
}
