import { Story } from '../../../consumer/domain/testing';
import { countUntil, isMasked, momentAfter, replay, type HistoryEntry } from './replay';

/** A story as the API tells it. */
class Told extends Story {
  readonly history: HistoryEntry[] = [];

  override happens(...[type, fields, at]: Parameters<Story['happens']>): this {
    super.happens(type, fields, at);
    this.history.push({
      position: `0:${this.history.length}`,
      eventId: String(this.history.length),
      type,
      occurredAt: new Date(at ?? this.now).toISOString(),
      data: { ...fields },
      code: this.code,
    });
    return this;
  }
}

const told = () =>
  new Told()
    .catalogued()
    .added('c1')
    .added('c2')
    .reserved('ann')
    .reserved('ann', 'again')
    .reserved('bob')
    .reserved('cleo')
    .reserved('dan')
    .suspended('cleo')
    .borrowed('c1', 'bob')
    .borrowed('c1', 'ann')
    .cancelled('bob', 'bob')
    .returned('c1')
    .withdrawn('c2')
    .resumed('cleo')
    .expired('dan');

/** As analysts are told it. */
const masked = (history: readonly HistoryEntry[]): HistoryEntry[] =>
  history.map((entry) =>
    'userId' in entry.data ? { ...entry, data: { ...entry.data, userId: null } } : entry,
  );

const shapeOf = (history: readonly HistoryEntry[], count: number) => {
  const { copies, queue } = momentAfter(history, count);
  return {
    copies: copies.map(({ copyId, status, reservationId }) => [copyId, status, reservationId]),
    queue: queue.map(({ reservationId, suspended }) => [reservationId, suspended]),
  };
};

test('at every event the book is what the platform has made of it', () => {
  const story = told();
  const { history } = story;
  expect(shapeOf(history, 0)).toEqual({ copies: [], queue: [] });
  expect(shapeOf(history, 7)).toEqual({
    copies: [
      ['c1', 'reserved', 'ann'],
      ['c2', 'reserved', 'bob'],
    ],
    queue: [['cleo', false]],
  });
  expect(momentAfter(history, history.length)).toEqual({
    title: 'Moby-Dick',
    copies: [...story.book.copies.values()]
      .filter(({ status }) => status !== 'withdrawn')
      .map((copy) => ({ ...copy })),
    queue: [...story.book.open.values()]
      .filter(({ status }) => status === 'waiting')
      .map((each) => ({ ...each })),
  });
});

test('where users are masked it is the same, with somebody in their place', () => {
  const { history } = told();
  for (let count = 0; count <= history.length; count += 1)
    expect(shapeOf(masked(history), count)).toEqual(shapeOf(history, count));
  const { copies } = momentAfter(masked(history), 4);
  expect(isMasked(copies[0]!.userId!)).toBe(true);
});

test('each event says what it changed; one that was refused changed nothing', () => {
  const steps = replay(told().history);
  expect(steps[4]).toMatchObject({ entry: { code: 'already-reserved' }, changes: [] });
  expect(steps[6]).toMatchObject({ changes: [{ reservation: { status: 'waiting' } }], waiting: 1 });
  expect(steps[11]!.changes).toMatchObject([
    { reservation: { reservationId: 'bob', status: 'cancelled' } },
    { copy: { copyId: 'c2', status: 'reserved', userId: 'dan' } },
    { reservation: { reservationId: 'dan', status: 'ready' } },
  ]);
});

test('a time is a place in the stream, whatever clocks say', () => {
  const entries = ['2026-01-01', '2026-01-03', '2026-01-02'].map((day) => ({
    occurredAt: `${day}T00:00:00.000Z`,
  })) as HistoryEntry[];
  expect(countUntil(entries, '2025-12-31T00:00:00.000Z')).toBe(0);
  expect(countUntil(entries, '2026-01-01T12:00:00.000Z')).toBe(1);
  expect(countUntil(entries, '2026-01-02T12:00:00.000Z')).toBe(3);
});
