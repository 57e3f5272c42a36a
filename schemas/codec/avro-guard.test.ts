import { Type } from 'avsc';
import { blockGuard } from './avro-guard';

const NODE = {
  type: 'record',
  name: 'Node',
  fields: [
    { name: 'tags', type: { type: 'map', values: ['null', 'long', { type: 'fixed', name: 'F', size: 3 }] } },
    { name: 'kind', type: { type: 'enum', name: 'Kind', symbols: ['A', 'B'] } },
    {
      name: 'rest',
      type: { type: 'array', items: ['boolean', 'float', 'double', 'int', 'bytes', 'string'] },
    },
    { name: 'inner', type: { type: 'array', items: { type: 'array', items: 'string' } } },
    { name: 'next', type: ['null', 'Node'], default: null },
  ],
};

test('walks every kind of value exactly to its end', () => {
  const type = Type.forSchema(NODE as never, { wrapUnions: 'always' });
  const walk = blockGuard(type)!;
  for (let run = 0; run < 500; run += 1) {
    const bytes = type.toBuffer(type.random());
    expect(walk(bytes, 0)).toBe(bytes.length);
    expect(() => walk(bytes.subarray(0, -1), 0)).toThrow('the bytes end');
  }
});

test('accepts lists in several blocks, with or without their size', () => {
  const walk = blockGuard(Type.forSchema({ type: 'array', items: 'string' }))!;
  const bytes = Buffer.from([0x02, 0x02, 0x61, 0x03, 0x08, 0x02, 0x62, 0x02, 0x63, 0x00]);
  expect(walk(bytes, 0)).toBe(bytes.length);
});

test.each<[string, number[], string]>([
  ['more items than bytes', [0xfe, 0x07, 0x00], 'more than there are bytes'],
  ['a block that is longer than its items', [0x01, 0x0a, 0x02, 0x61, 0x00], 'not as long as it says'],
  ['a block of negative size', [0x01, 0x03, 0x02, 0x61, 0x00], 'not as long as it says'],
  ['a number without end', Array.from({ length: 20 }, () => 0xff), 'more than 10 bytes'],
  ['text of negative length', [0x02, 0x01, 0x00], 'the bytes end'],
])('refuses %s', (_, bytes, reason) => {
  const walk = blockGuard(Type.forSchema({ type: 'array', items: 'string' }))!;
  expect(() => walk(Buffer.from(bytes), 0)).toThrow(reason);
});

test('is absent where there is nothing to guard', () => {
  const fields = [{ name: 'a', type: ['null', 'string'] }];
  expect(blockGuard(Type.forSchema({ type: 'record', name: 'Plain', fields } as never))).toBeUndefined();
});
