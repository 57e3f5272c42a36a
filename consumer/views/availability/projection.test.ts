import type { Pool } from 'pg';
import type { LibraryEvent } from '../../../schemas/generated/events';
import { AvailabilityProjection } from './projection';

const PARTITION = 3;

/** A database that knows some events, and takes a batch unless one of those is in it and it was not asked for them. */
class MemoryDatabase {
  readonly known = new Set<string>();
  /** For each look: how many events it was about. */
  readonly looks: number[] = [];
  stored = 0;
  /** Refuses the next batch for this key, whatever is in it. */
  refusesFor: string | undefined;
  private found: string[] = [];

  readonly query = ({ name, values }: { name: string; values: unknown[] }) => {
    if (name === 'availability-load') {
      const asked = idsIn(values[3]);
      this.looks.push(asked.length);
      this.found = asked.filter((id) => this.known.has(id));
      return Promise.resolve({ rows: [{ seen: this.found.map((id) => [id, 'emma']) }] });
    }
    const ids = values.map(idsIn).find((each) => each.some((id) => id.startsWith('e-'))) ?? [];
    const isRepeat = ids.some((id) => this.known.has(id) && !this.found.includes(id));
    const constraint = this.refusesFor ?? (isRepeat ? 'history_event_key' : undefined);
    this.refusesFor = undefined;
    if (constraint) return Promise.reject(Object.assign(new Error('duplicate key'), { constraint }));
    for (const id of ids) this.known.add(id);
    this.stored += ids.length;
    this.found = [];
    return Promise.resolve({ rows: [{ held: true, outbox: null }], rowCount: 1 });
  };
}

const idsIn = (literal: unknown) =>
  typeof literal === 'string' && literal.startsWith('{')
    ? literal.slice(1, -1).split(',').filter(Boolean)
    : [];

function started() {
  const database = new MemoryDatabase();
  const pool = database as unknown as Pool;
  const projection = new AvailabilityProjection({ pool, topic: 't', rules: { pickupWindow: 1 } });
  let offset = 0;
  const project = async (...ids: string[]) => {
    const events = ids.map((eventId, i) => ({
      event: { type: 'CopyAdded', eventId, occurredAt: 0, bookId: 'emma', copyId: eventId } as LibraryEvent,
      position: { partition: PARTITION, offset: offset + i },
      timestamp: 0,
    }));
    const fromOffset = offset;
    offset += ids.length;
    await projection.project({ partition: PARTITION, fromOffset, nextOffset: offset, epoch: 0, events });
    return database.looks.splice(0);
  };
  return { database, project };
}

test('a repeated event is stored once, and for a while the next batches are looked up at once', async () => {
  const { database, project } = started();
  // The book is loaded, and remembered.
  expect(await project('e-1', 'e-2')).toEqual([0]);
  expect(await project('e-3')).toEqual([]);
  // Refused, and then projected again with a look at each event.
  expect(await project('e-4', 'e-1')).toEqual([2]);
  for (let n = 0; n < 19; n += 1) expect(await project(`e-a${n}`)).toEqual([1]);
  // Another one makes no second attempt, and begins the time anew.
  expect(await project('e-2', 'e-5')).toEqual([2]);
  for (let n = 0; n < 20; n += 1) expect(await project(`e-b${n}`)).toEqual([1]);
  expect(await project('e-6')).toEqual([]);
  expect(database.stored).toBe(6 + 19 + 20);
});

test('a batch in which the ID of a reservation is taken is projected again with a look, and those after it are not', async () => {
  const { database, project } = started();
  await project('e-1');
  database.refusesFor = 'reservations_pkey';
  expect(await project('e-2', 'e-3')).toEqual([2]);
  expect(await project('e-4')).toEqual([]);
  expect(database.stored).toBe(4);
});

test('any other error is thrown', async () => {
  const { database, project } = started();
  database.refusesFor = 'books_counts_add_up';
  await expect(project('e-1')).rejects.toThrow('duplicate key');
});
