import { Audience, type Listener } from './audience';
import { frameOf, type Filter } from './frame';
import { rejected } from './testing';

const frame = (bookId: string, userId: string, offset: number) =>
  frameOf(
    { partition: 0, offset, timestamp: 0, key: null, value: null, headers: {} },
    rejected(bookId, userId, 'c'),
  );

class Ear implements Listener {
  readonly heard: string[] = [];
  writes = 0;

  constructor(readonly filter: Filter) {}

  deliver(bytes: Buffer): void {
    this.writes += 1;
    this.heard.push(...[...bytes.toString().matchAll(/^id: (.*)$/gm)].map(([, id]) => id!));
  }
}

const FRAMES = [frame('b1', 'ann', 0), frame('b1', 'bob', 1), frame('b2', 'ann', 2)];

test.each<[string, Filter, string[]]>([
  ['nothing in particular', {}, ['0:0', '0:1', '0:2']],
  ['a book', { bookId: 'b1' }, ['0:0', '0:1']],
  ['a user', { userId: 'ann' }, ['0:0', '0:2']],
  ['a user at a book', { bookId: 'b1', userId: 'ann' }, ['0:0']],
])('who follows %s hears of that, in order and once', (_, filter, expected) => {
  const audience = new Audience();
  const ear = new Ear(filter);
  audience.add(ear);
  audience.publish(FRAMES);
  expect(ear.heard).toEqual(expected);
});

test('who follows everything is written to once for all that came together', () => {
  const audience = new Audience();
  const ear = new Ear({});
  audience.add(ear);
  audience.publish(FRAMES);
  audience.publish([]);
  expect(ear.writes).toBe(1);
});

test.each<Filter>([{}, { bookId: 'b1' }, { userId: 'ann' }])('who has left hears no more', (filter) => {
  const audience = new Audience();
  const [left, stayed] = [new Ear(filter), new Ear(filter)];
  audience.add(left);
  audience.add(stayed);
  audience.remove(left);
  audience.publish([frame('b1', 'ann', 0)]);
  expect([left.heard, stayed.heard]).toEqual([[], ['0:0']]);
});
