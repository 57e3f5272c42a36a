import { withFreePlaces } from './places';

const entry = (id: number, version: number, schema: string, subject = 's') => ({
  ...{ id, version, schema, subject },
  schemaType: 'AVRO',
});

test('schemas keep their versions where the subject is gone', () => {
  expect(withFreePlaces([entry(9, 2, 'b'), entry(7, 1, 'a')], [])).toEqual([
    entry(7, 1, 'a'),
    entry(9, 2, 'b'),
  ]);
});

test('a version that the subject has by now becomes the next free one', () => {
  const present = [entry(30, 1, 'c'), entry(31, 5, 'd'), entry(32, 8, 'd', 'other')];
  expect(withFreePlaces([entry(7, 1, 'a'), entry(9, 2, 'b'), entry(11, 5, 'e')], present)).toEqual([
    entry(7, 6, 'a'),
    entry(9, 2, 'b'),
    entry(11, 7, 'e'),
  ]);
});

test('a text that has another ID by now is told apart by spaces', () => {
  expect(withFreePlaces([entry(7, 2, 'a'), entry(8, 3, 'a')], [entry(30, 1, 'a')])).toEqual([
    entry(7, 2, 'a '),
    entry(8, 3, 'a  '),
  ]);
});
