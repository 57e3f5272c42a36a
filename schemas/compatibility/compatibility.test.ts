import { appendFileSync, cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RecordSchema } from '../event-set';
import { schemasFolder } from '../files';
import { problemsOf, run } from './compatibility';
import { readEventSets, type Schemas } from './released';

const CURRENT = readEventSets(join(schemasFolder(), 'avsc'));
const RELEASES = [{ version: 'v1', schemas: CURRENT }];

test('the schemas of this version pass', () => {
  expect(run(schemasFolder(), false)).toMatchObject({ code: 0 });
});

describe('a change that old and new readers both understand passes', () => {
  test.each<[string, (schema: Mutable) => void]>([
    ['an optional field', (schema) => schema.fields.push(optional('branch', 'string'))],
    [
      'a list with a default',
      (schema) => schema.fields.push(optional('tags', { type: 'array', items: 'string' }, [])),
    ],
    ['a better description', (schema) => (schema.doc = 'Better.')],
    ['the end of an optional field', (schema) => drop(schema, 'reason')],
  ])('%s', (_, change) => {
    expect(problemsOf(changed('ReservationCancelled', change), RELEASES)).toEqual([]);
  });
});

describe('a change that some reader would not understand is refused', () => {
  test.each<[string, (schema: Mutable) => void, RegExp]>([
    [
      'a new field without a default',
      (schema) => schema.fields.push({ name: 'branch', type: 'string', doc: '.' }),
      /records of v1 could not be read any more/,
    ],
    [
      'the end of a required field',
      (schema) => drop(schema, 'reservationId'),
      /readers of v1 could not read new records/,
    ],
    [
      'another type',
      (schema) => (field(schema, 'reason').type = ['null', 'int']),
      /records of v1 could not be read any more/,
    ],
    [
      'a wider type',
      (schema) => (field(schema, 'userId').type = ['null', 'string', 'long']),
      /readers of v1 could not read new records/,
    ],
    [
      'a field that is no longer optional',
      (schema) => (field(schema, 'userId').type = 'string'),
      /records of v1 could not be read any more/,
    ],
    [
      'another unit of time',
      (schema) => (field(schema, 'occurredAt').type = { type: 'long', logicalType: 'timestamp-micros' }),
      /logical type of occurredAt changes from timestamp-millis to timestamp-micros/,
    ],
    ['a new name of a field', (schema) => (field(schema, 'reservationId').name = 'id'), /no matching field/],
  ])('%s', (_, change, problem) => {
    const problems = problemsOf(changed('ReservationCancelled', change), RELEASES).join('\n');
    expect(problems).toMatch(problem);
    expect(problems).toContain('library.ReservationCancelled is not compatible with v1');
  });

  test('the end of an event', () => {
    const rest = {
      ...CURRENT,
      reservations: CURRENT.reservations.filter(({ name }) => name !== 'CopyAdded'),
    };
    expect(problemsOf(rest, RELEASES)).toEqual([
      expect.stringContaining('CopyAdded was released in v1 and is gone'),
    ]);
  });

  test('a change that only an older version would not understand', () => {
    const second = changed('ReservationCancelled', (schema) => drop(schema, 'reason'));
    const third = changed(
      'ReservationCancelled',
      (schema) => (field(schema, 'reason').type = ['null', 'int']),
    );
    const releases = [...RELEASES, { version: 'v2', schemas: second }];
    expect(problemsOf(third, releases).filter((problem) => problem.includes('v2'))).toEqual([]);
    expect(problemsOf(third, releases)).toContainEqual(expect.stringContaining('not compatible with v1'));
  });

  test.each<[string, (schema: Mutable) => void, string]>([
    ['no description', (schema) => delete schema.doc, 'ReservationCancelled has no doc'],
    [
      'a field without description',
      (schema) => delete field(schema, 'reason').doc,
      'ReservationCancelled.reason has no doc',
    ],
    [
      'another order of the common fields',
      (schema) => schema.fields.reverse(),
      'should begin with the fields eventId',
    ],
  ])('%s', (_, change, problem) => {
    expect(problemsOf(changed('ReservationCancelled', change), RELEASES)).toEqual([
      expect.stringContaining(problem),
    ]);
  });
});

describe('released files', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'schemas-'));
    cpSync(join(schemasFolder(), 'avsc'), join(folder, 'avsc'), { recursive: true });
    cpSync(join(schemasFolder(), 'released'), join(folder, 'released'), { recursive: true });
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const released = (name: string) => join(folder, 'released', 'v1', 'reservations', name);

  test('may not be edited, not even together with the current ones', () => {
    appendFileSync(released('CopyAdded.avsc'), '\n');
    expect(run(folder, false)).toMatchObject({
      code: 1,
      lines: [expect.stringContaining('CopyAdded.avsc was released and has been edited'), expect.anything()],
    });
  });

  test('may not vanish', () => {
    rmSync(released('CopyAdded.avsc'));
    expect(run(folder, false)).toMatchObject({
      code: 1,
      lines: [expect.stringContaining('CopyAdded.avsc was released and is gone'), expect.anything()],
    });
  });

  test('may not vanish all at once', () => {
    rmSync(join(folder, 'released'), { recursive: true });
    expect(run(folder, false)).toMatchObject({
      code: 1,
      lines: [expect.stringContaining('no released version'), expect.anything()],
    });
  });

  test('are not added by hand', () => {
    cpSync(released('CopyAdded.avsc'), released('CopyBurnt.avsc'));
    const { code, lines } = run(folder, false);
    expect(code).toBe(1);
    expect(lines.join()).toMatch(/CopyBurnt/);
  });

  test('are added by a release, once for each change, and bind from then on', () => {
    const path = join(folder, 'avsc', 'reservations', 'CopyAdded.avsc');
    const original = readFileSync(path, 'utf8');
    const schema = JSON.parse(original) as Mutable;
    schema.fields.push(optional('branch', 'string'));
    writeFileSync(path, JSON.stringify(schema));

    expect(run(folder, false).lines.join()).toContain('They have changed since');
    expect(run(folder, true)).toEqual({ code: 0, lines: ['Released as v3.'] });
    expect(run(folder, true)).toEqual({ code: 0, lines: ['Nothing has changed since the last release.'] });

    field(schema, 'branch').type = ['null', 'int'];
    writeFileSync(path, JSON.stringify(schema));
    expect(run(folder, false)).toMatchObject({
      code: 1,
      lines: [expect.stringContaining('not compatible with v3'), expect.anything(), expect.anything()],
    });
  });

  test('are not made from schemas that break older ones', () => {
    const path = join(folder, 'avsc', 'reservations', 'CopyAdded.avsc');
    writeFileSync(path, readFileSync(path, 'utf8').replace('"copyId"', '"copy"'));
    expect(run(folder, true).code).toBe(1);
  });
});

interface MutableField {
  name: string;
  type: unknown;
  doc?: string;
  default?: unknown;
}
interface Mutable {
  doc?: string;
  fields: MutableField[];
}

function changed(name: string, change: (schema: Mutable) => unknown): Schemas {
  const mutate = (schema: RecordSchema): RecordSchema => {
    if (schema.name !== name) return schema;
    const copy = structuredClone(schema) as unknown as Mutable;
    change(copy);
    return copy as unknown as RecordSchema;
  };
  return { ...CURRENT, reservations: CURRENT.reservations.map(mutate) };
}

function field({ fields }: Mutable, name: string): MutableField {
  return fields.find((candidate) => candidate.name === name)!;
}

function drop(schema: Mutable, name: string): void {
  schema.fields = schema.fields.filter((candidate) => candidate.name !== name);
}

function optional(name: string, type: unknown, fallback: unknown = null): MutableField {
  return { name, type: fallback === null ? ['null', type] : type, default: fallback, doc: 'New.' };
}
