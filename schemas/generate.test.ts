import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { schemasFolder } from './files';
import { generate, run, typeOf } from './generate';

test('the committed types are those of the schemas', () => {
  expect(run(schemasFolder(), true)).toMatchObject({ code: 0 });
});

test('types that do not match a changed schema are found, and generating updates them', () => {
  const folder = mkdtempSync(join(tmpdir(), 'schemas-'));
  try {
    for (const part of ['avsc', 'generated'])
      cpSync(join(schemasFolder(), part), join(folder, part), { recursive: true });
    const path = join(folder, 'avsc', 'outcomes', 'ReservationReady.avsc');
    writeFileSync(path, readFileSync(path, 'utf8').replace('A copy is set aside', 'A copy lies ready'));
    expect(run(folder, true)).toMatchObject({
      code: 1,
      message: expect.stringContaining('does not match the .avsc files: run'),
    });
    expect(run(folder, false)).toMatchObject({ code: 0 });
    expect(run(folder, true)).toMatchObject({ code: 0 });
    expect(readFileSync(join(folder, 'generated', 'events.ts'), 'utf8')).toContain('/** A copy lies ready');
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test.each<[Parameters<typeof typeOf>[0], string]>([
  ['string', 'string'],
  [{ type: 'long', logicalType: 'timestamp-millis' }, 'number'],
  [['null', 'string'], 'string | null'],
  [['null', { type: 'string', logicalType: 'uuid' }], 'string | null'],
  [{ type: 'array', items: 'string' }, 'readonly string[]'],
  [{ type: 'array', items: ['null', 'int'] }, 'readonly (number | null)[]'],
])('%j becomes %s', (type, expected) => {
  expect(typeOf(type)).toBe(expected);
});

test('a type that the generator does not support is an error', () => {
  expect(() => typeOf({ type: 'fixed' })).toThrow('no TypeScript type for {"type":"fixed"}');
});

test('a record becomes a read-only interface and a member of its union', () => {
  const CopyLost = {
    type: 'record',
    name: 'CopyLost',
    namespace: 'library',
    doc: 'A copy is lost.',
    fields: [{ name: 'copyId', type: 'string', doc: 'Which.' }],
  } as const;
  const source = generate({ reservations: [CopyLost], outcomes: [{ ...CopyLost, name: 'Nothing' }] });
  expect(source).toContain(
    '/** A copy is lost. */\nexport interface CopyLost {\n  /** Which. */\n  readonly copyId: string;\n}',
  );
  expect(source).toContain("export type LibraryEvent =\n  | ({ readonly type: 'CopyLost' } & CopyLost);");
});
