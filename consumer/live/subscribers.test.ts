import { frameOf, type Filter } from './frame';
import { Subscribers, type Subscriber } from './subscribers';
import { rejected } from './testing';

const frame = (bookId: string, userId: string, offset: number) =>
  frameOf(
    { partition: 0, offset, timestamp: 0, key: null, value: null, headers: {} },
    rejected(bookId, userId, 'c'),
  );

class Recorder implements Subscriber {
  readonly received: string[] = [];
  writes = 0;

  constructor(readonly filter: Filter) {}

  deliver(bytes: Buffer): void {
    this.writes += 1;
    this.received.push(...[...bytes.toString().matchAll(/^id: (.*)$/gm)].map(([, id]) => id!));
  }
}

const FRAMES = [frame('b1', 'ann', 0), frame('b1', 'bob', 1), frame('b2', 'ann', 2)];

test.each<[string, Filter, string[]]>([
  ['everything', {}, ['0:0', '0:1', '0:2']],
  ['a book', { bookId: 'b1' }, ['0:0', '0:1']],
  ['a user', { userId: 'ann' }, ['0:0', '0:2']],
  ['a user at a book', { bookId: 'b1', userId: 'ann' }, ['0:0']],
])('a subscriber to %s receives that, in order and once', (_, filter, expected) => {
  const subscribers = new Subscribers();
  const recorder = new Recorder(filter);
  subscribers.add(recorder);
  subscribers.publish(FRAMES);
  expect(recorder.received).toEqual(expected);
});

test('a subscriber to everything gets one write for outcomes that arrive together', () => {
  const subscribers = new Subscribers();
  const recorder = new Recorder({});
  subscribers.add(recorder);
  subscribers.publish(FRAMES);
  subscribers.publish([]);
  expect(recorder.writes).toBe(1);
});

test.each<Filter>([{}, { bookId: 'b1' }, { userId: 'ann' }])(
  'a subscriber that was removed receives no more: %j',
  (filter) => {
    const subscribers = new Subscribers();
    const [left, stayed] = [new Recorder(filter), new Recorder(filter)];
    subscribers.add(left);
    subscribers.add(stayed);
    subscribers.remove(left);
    subscribers.publish([frame('b1', 'ann', 0)]);
    expect([left.received, stayed.received]).toEqual([[], ['0:0']]);
  },
);
