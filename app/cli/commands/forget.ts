import { Command, InvalidArgumentError } from 'commander';
import { forget, type Forgotten } from '../../../consumer/forget/forget';
import { encodeRecord } from '../../../schemas/codec/cloudevents';
import { createEncoder } from '../../../schemas/codec/codec';
import { LIBRARY_EVENTS } from '../../../schemas/generated/events';
import { ID_RULE, isId } from '../../../schemas/ids';
import { PARTITIONS } from '../../../schemas/topics';
import type { Terminal } from '../command';
import { withConnections } from '../connections';

/** Who acts, in the headers of the cancellations. */
const ENVELOPE = { source: '/library/forget', actor: { type: 'service', id: 'forget' } } as const;

/** `library forget`: a person is taken out of all views, and of all that is made of the stream. */
export function forgetCommand(terminal: Terminal): Command {
  return new Command('forget')
    .description(
      'Cancels the open reservations of a user, records for ever that they are forgotten, and takes them out of all views and ' +
        'notices. Rebuilds, views of the past, exports and live events leave them out from then on. The records of the topics ' +
        'stay as they are: docs/privacy.md says what that means. It is refused while they have a copy on loan. ' +
        'Interrupted anywhere, it is completed by the same command.',
    )
    .argument('<user>', 'the user ID', userId)
    .action((user: string) =>
      withConnections(terminal, async (connections) => {
        const { stdout, stderr, signal } = terminal;
        const { registry, topics } = connections;
        const encoder = await createEncoder({
          registry,
          topic: topics.reservations,
          schemas: LIBRARY_EVENTS,
        });
        const sources = {
          ...connections,
          partitions: PARTITIONS,
          encode: (event: Parameters<typeof encoder.encode>[0]) => encodeRecord(event, encoder, ENVELOPE),
        };
        const report = (sentence: string) => void stderr.write(`${sentence}\n`);
        stdout.write(describe(await forget(sources, { userId: user, signal, report })));
      }),
    );
}

function userId(text: string): string {
  if (isId(text)) return text;
  throw new InvalidArgumentError(`A user ID is ${ID_RULE}.`);
}

function describe(done: Forgotten | undefined): string {
  if (!done) return 'Nothing is known of this user.\n';
  const { cancelled, reservations, events, notices, deadLetters, past, dropped, since } = done;
  const lines = [
    'Forgotten. What was done:',
    `  open reservations cancelled: ${cancelled}`,
    `  reservations and events that name somebody else now: ${reservations} and ${events}`,
    `  notices deleted: ${notices}`,
    `  dead letters emptied: ${deadLetters}`,
  ];
  if (past.length > 0) lines.push(`  views of the past that were changed too: ${past.join(', ')}`);
  if (dropped.length > 0) lines.push(`  unfinished replays that were dropped: ${dropped.join(', ')}`);
  const tables = Object.entries(since).map(([table, count]) => `${table} (${count})`);
  if (tables.length > 0)
    lines.push(
      `The ID was used again meanwhile, and counts as a new person's: ${tables.join(', ')}. ` +
        'If it is the same person, block their access and repeat the command.',
    );
  return `${lines.join('\n')}\n`;
}
