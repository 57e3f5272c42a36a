/**
 * Writes `schemas/generated/events.ts` from the `.avsc` files; with `--check` it only reports whether that is up to date.
 *
 * Why not a library: those on npm generate mutable interfaces, one by one (avro-typescript; @ovotech/avro-ts, which
 * depends on TypeScript 4). The rest of the code needs read-only fields, times as numbers, a flat union that
 * `switch (event.type)` narrows, and the schemas as constants, so that nothing is read from disk at run time.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { EventSetName, FieldType, RecordSchema } from './event-set';
import { EVENT_SET_NAMES, readSchemas, schemasFolder } from './files';

const UNIONS: Record<
  EventSetName,
  { readonly union: string; readonly constant: string; readonly doc: string }
> = {
  reservations: {
    union: 'LibraryEvent',
    constant: 'LIBRARY_EVENT',
    doc: 'What happened: the events on the topic of reservations.',
  },
  outcomes: {
    union: 'Outcome',
    constant: 'OUTCOME',
    doc: 'What became of it: the events on the topic of outcomes.',
  },
};

const PRIMITIVES: Readonly<Record<string, string>> = {
  null: 'null',
  string: 'string',
  boolean: 'boolean',
  int: 'number',
  long: 'number',
  float: 'number',
  double: 'number',
};

/** The TypeScript type of an Avro field. @throws {Error} for a kind of type that no event has used so far */
export function typeOf(type: FieldType): string {
  if (Array.isArray(type)) return [...(type as FieldType[])].reverse().map(typeOf).join(' | ');
  if (typeof type === 'object' && 'items' in type && type.items)
    return `readonly ${bracketed(typeOf(type.items))}[]`;
  const name = typeof type === 'object' && 'type' in type ? type.type : type;
  const known = PRIMITIVES[name as string];
  if (!known)
    throw new Error(
      `The generator has no TypeScript type for ${JSON.stringify(type)}: teach it, or use another.`,
    );
  return known;
}

function bracketed(type: string): string {
  return type.includes(' ') ? `(${type})` : type;
}

const comment = (doc: string | undefined, indent = '') => (doc ? `${indent}/** ${doc} */\n` : '');

function interfaceOf(record: RecordSchema): string {
  const fields = record.fields.map(
    (field) => `${comment(field.doc, '  ')}  readonly ${field.name}: ${typeOf(field.type)};\n`,
  );
  return `${comment(record.doc)}export interface ${record.name} {\n${fields.join('')}}\n`;
}

function unionOf(eventSet: EventSetName, records: readonly RecordSchema[]): string {
  const { union, constant, doc } = UNIONS[eventSet];
  const members = records.map(({ name }) => `  | ({ readonly type: '${name}' } & ${name})\n`).join('');
  const names = records.map(({ name }) => `  '${name}',\n`).join('');
  const schemas = records.map((record) => `  ${record.name}: ${JSON.stringify(record)},\n`).join('');
  return [
    `${comment(doc)}export type ${union} =\n${members.trimEnd()};\n`,
    `export const ${constant}_TYPES = [\n${names}] as const satisfies readonly ${union}['type'][];\n`,
    `export const ${constant}S: EventSet<${union}> = {\n  name: '${eventSet}',\n  schemas: {\n${schemas.replace(/^/gm, '  ').trimEnd()}\n  },\n};\n`,
  ].join('\n');
}

/** The text of `generated/events.ts` for the schemas of each event set. */
export function generate(schemas: Readonly<Record<EventSetName, readonly RecordSchema[]>>): string {
  const parts = EVENT_SET_NAMES.flatMap((eventSet) => [
    ...schemas[eventSet].map(interfaceOf),
    unionOf(eventSet, schemas[eventSet]),
  ]);
  const head = `// Made by schemas/generate.ts from schemas/avsc: change those, then run it again.\nimport type { EventSet } from '../event-set';\n`;
  return [head, ...parts].join('\n');
}

/** Runs the generator. @returns the exit code and the sentence to print */
export function run(folder: string, check: boolean): { readonly code: 0 | 1; readonly message: string } {
  const target = join(folder, 'generated', 'events.ts');
  const read = (eventSet: EventSetName) => readSchemas(join(folder, 'avsc', eventSet));
  const wanted = generate({ reservations: read('reservations'), outcomes: read('outcomes') });
  const current = existsSync(target) ? readFileSync(target, 'utf8') : '';
  if (current === wanted) return { code: 0, message: `${target} is up to date.` };
  if (check)
    return {
      code: 1,
      message: `${target} does not match the .avsc files: run "node dist/schemas/generate.js" and commit it.`,
    };
  mkdirSync(dirname(target), { recursive: true });
  writeFileSync(target, wanted);
  return { code: 0, message: `${target} written.` };
}

function main(): void {
  try {
    const { code, message } = run(schemasFolder(), process.argv.includes('--check'));
    process.stderr.write(`${message}\n`);
    process.exitCode = code;
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n`);
    process.exitCode = 1;
  }
}

if (require.main === module) main();
