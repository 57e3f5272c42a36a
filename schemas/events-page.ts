/** Writes `docs/events.md` from the `.avsc` files; with `--check` it only reports whether that is up to date. */
import { join } from 'node:path';
import type { RecordSchema } from './event-set';
import { readSchemas, schemasFolder } from './files';
import { makePage } from '../infra/made-page';
import { topicNames, topicSpecs } from './topics';
import { typeInWords } from './type-in-words';

const HEAD = `# The events

Made by \`npm run generate\` from the schemas in [schemas/avsc](../schemas/avsc). How to read and write them with other programs:
[other-clients.md](other-clients.md). How they change: [schemas.md](schemas.md). For programs:
[asyncapi.yaml](../schemas/asyncapi.yaml); the API serves it as \`/asyncapi.json\` and shows it at \`/docs/events\`.

Names of topics begin with \`TOPIC_PREFIX\` (\`library\`). The key of a record is the book, in UTF-8; the value is Avro in Confluent's wire
format; the headers are CloudEvents in binary mode. Every event has these fields, and those of its own:
`;

const SHARED = ['eventId', 'occurredAt', 'bookId'];

const INTRODUCTIONS = {
  reservations:
    'What people and the library did. An event here is a request: whether it took effect is in the history of the book, and on the topic of outcomes.',
  outcomes: 'What became of it: one outcome for each change of a reservation.',
} as const;

function fieldsOf({ fields }: RecordSchema, isShown: (name: string) => boolean): string {
  const rows = fields
    .filter(({ name }) => isShown(name))
    .map(
      ({ name, type, doc = '' }) => `| \`${name}\` | ${typeInWords(type)} | ${doc.replaceAll('|', '\\|')} |`,
    );
  return rows.length === 0 ? '' : ['', '| field | type | |', '|---|---|---|', ...rows, ''].join('\n');
}

const isShared = (name: string) => SHARED.includes(name);

function sectionOf(eventSet: keyof typeof INTRODUCTIONS): string {
  const topic = topicNames('library')[eventSet];
  const { partitions } = topicSpecs(topicNames('library')).find((spec) => spec.topic === topic)!;
  const schemas = readSchemas(join(schemasFolder(), 'avsc', eventSet));
  const events = schemas.map(
    (schema) => `\n### ${schema.name}\n\n${schema.doc}\n${fieldsOf(schema, (name) => !isShared(name))}`,
  );
  return `\n## ${topic}\n\n${INTRODUCTIONS[eventSet]} ${partitions} partitions, kept for ever.\n${events.join('')}`;
}

/** The page. */
export function eventsPage(): string {
  const [any] = readSchemas(join(schemasFolder(), 'avsc/reservations'));
  return [HEAD, fieldsOf(any!, isShared), sectionOf('reservations'), sectionOf('outcomes')].join('');
}

export const EVENTS_PAGE = join(schemasFolder(), '..', 'docs', 'events.md');

if (require.main === module) makePage(EVENTS_PAGE, eventsPage(), 'the schemas');
