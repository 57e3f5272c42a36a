import { backlog } from './events';

describe('the backlog', () => {
  it('has so many different events, books before their copies and reservations', async () => {
    const events = await backlog(3_000);
    expect(new Set(events.map(({ eventId }) => eventId)).size).toBe(3_000);
    const types = new Set(events.map(({ type }) => type));
    expect([...types].sort()).toEqual([
      'BookCatalogued',
      'BookReserved',
      'CopyAdded',
      'ReservationCancelled',
    ]);
    expect(events[0]).toMatchObject({ type: 'BookCatalogued', bookId: '1' });
  });

  it('cancels only what was reserved before, for the user who reserved it', async () => {
    const owners = new Map<string, string>();
    for (const event of await backlog(3_000)) {
      if (event.type === 'BookReserved') owners.set(event.reservationId, event.userId);
      if (event.type === 'ReservationCancelled') expect(owners.get(event.reservationId)).toBe(event.userId);
    }
  });
});
