import type { Sample } from './sample';
import { verdictsOf } from './verdicts';

interface Planted {
  /** Given the number of the sample and the events so far. */
  readonly memory?: (i: number) => number;
  readonly handles?: (i: number) => number;
  readonly outbox?: (i: number) => number;
  readonly history?: (events: number) => number;
  readonly pending?: (i: number) => number;
}

const MEGABYTE = 1_048_576;
const EVENTS_A_SAMPLE = 500;

function run({
  memory = () => 120,
  handles = () => 40,
  outbox = () => 1,
  history = (events) => events * 400,
  pending = (i) => i % 3,
}: Planted = {}) {
  const samples = Array.from({ length: 360 }, (_, i): Sample => {
    const events = i * EVENTS_A_SAMPLE;
    const size = (bytes: number) => ({ table: bytes / 2, indexes: bytes / 2, dead: i % 7 });
    return {
      ...{ at: 5 * i, events },
      processes: new Map([['api-1', { memory: memory(i), handles: handles(i) }]]),
      tables: new Map([
        ['outbox', size(outbox(i) * MEGABYTE)],
        ['history', size(history(events))],
      ]),
      rows: new Map([['notices to deliver', pending(i)]]),
    };
  });
  const rows = verdictsOf(samples).flatMap((table) => table.rows);
  return (name: string) => rows.find(([first]) => first === name)!.slice(1);
}

test('a system that keeps nothing but its history is flat', () => {
  const row = run();
  expect(row('api-1')).toEqual(['120 → 120', '+0', 'flat', '40 → 40', '+0', 'flat']);
  expect(row('outbox')).toContain('flat');
  expect(row('history')).toContain('400 bytes an event');
  expect(row('notices to deliver')).toContain('flat');
});

test.each<[string, string, Planted]>([
  ['memory of a process', 'api-1', { memory: (i) => 120 + i / 6 }],
  ['handles of a process', 'api-1', { handles: (i) => 40 + Math.floor(i / 24) }],
  ['a queue on the disk', 'outbox', { outbox: (i) => 1 + i / 60 }],
  ['rows that wait', 'notices to deliver', { pending: (i) => i }],
])('a planted leak is seen: %s', (_, name, planted) => {
  expect(run(planted)(name)).toContain('**growing**');
});

test('a history that takes more and more room for an event is seen', () => {
  const cells = run({ history: (events) => events * 100 + events ** 2 / 100 })('history');
  expect(cells.join(' ')).toMatch(/bytes an event: \*\*faster\*\* than before/);
});

test('a process that was not there all the time is judged by what there is', () => {
  const none: Sample = { at: 0, events: 0, processes: new Map(), tables: new Map(), rows: new Map() };
  const some = { ...none, processes: new Map([['api-1', { memory: 100, handles: 9 }]]) };
  const samples = [none, some, none, { ...some, at: 60 }, { ...some, at: 90 }, { ...none, at: 120 }];
  expect(verdictsOf(samples)[0]!.rows[0]).toContain('flat');
  expect(verdictsOf([none])).toEqual([]);
});
