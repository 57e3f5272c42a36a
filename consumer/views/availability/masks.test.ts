import type { Viewer } from '../../../schemas/access';
import { Masks } from './masks';
import type { CopyResource, HistoryEntryResource, ReservationResource } from './resources';

const viewer = (role: string, scope: Viewer['scope']): Viewer => ({ caller: { role, name: 'ann' }, scope });
const patron = new Masks(viewer('patron', 'masked'));
const staff = new Masks(viewer('staff', 'all'));
// Of the same name as the user, who is somebody else.
const analyst = new Masks(viewer('analyst', 'masked'));

const reservation = (userId: string) =>
  ({
    reservationId: `of-${userId}`,
    bookId: 'b',
    userId,
    copyId: 'c',
    status: 'ready',
  }) as ReservationResource;
const copy = (userId: string | null): CopyResource => ({
  ...{ copyId: 'c', bookId: 'b', status: userId ? 'reserved' : 'available', userId },
  reservationId: userId && `of-${userId}`,
});

test("a patron is shown their own reservations whole, and nothing that names another's", () => {
  expect(patron.reservation(reservation('ann'))).toEqual(reservation('ann'));
  expect(patron.reservation(reservation('bob'))).toEqual({
    ...reservation('bob'),
    ...{ reservationId: null, userId: null, copyId: null },
  });
  expect(patron.copy(copy('ann'))).toEqual(copy('ann'));
  expect(patron.copy(copy(null))).toEqual(copy(null));
  expect(patron.copy(copy('bob'))).toEqual({ ...copy('bob'), reservationId: null, userId: null });
});

test('an analyst is shown no user, staff everything', () => {
  for (const user of ['ann', 'bob']) {
    expect(analyst.reservation(reservation(user))).toEqual({ ...reservation(user), userId: null });
    expect(analyst.copy(copy(user))).toEqual({ ...copy(user), userId: null });
    expect(staff.reservation(reservation(user))).toEqual(reservation(user));
    expect(staff.copy(copy(user))).toEqual(copy(user));
  }
});

const own = (ids: readonly string[], user: string) =>
  Promise.resolve(new Set(ids.filter((id) => id === `of-${user}`)));
const history = async (masks: Masks, data: HistoryEntryResource['data']) => {
  const [entry] = await masks.history([{ type: 'x', data } as HistoryEntryResource], own);
  return entry!.data;
};

// oxfmt-ignore
test.each<[string, object, object, object]>([
  ['an own reservation', { reservationId: 'of-ann', userId: 'ann' },
    { reservationId: 'of-ann', userId: 'ann' }, { reservationId: 'of-ann', userId: null }],
  ["another's", { reservationId: 'of-bob', userId: 'bob' }, {}, { reservationId: 'of-bob', userId: null }],
  ['a cancellation of an own one by staff', { reservationId: 'of-ann', userId: null, reason: null },
    { reservationId: 'of-ann', userId: null, reason: null }, { reservationId: 'of-ann', userId: null, reason: null }],
  ["a cancellation of another's by staff", { reservationId: 'of-bob', userId: null, reason: null },
    { reason: null }, { reservationId: 'of-bob', userId: null, reason: null }],
  ["a try to cancel another's", { reservationId: 'of-bob', userId: 'ann', reason: null },
    { userId: 'ann', reason: null }, { reservationId: 'of-bob', userId: null, reason: null }],
  ['a try of another to cancel an own one', { reservationId: 'of-ann', userId: 'bob', reason: null },
    { reservationId: 'of-ann', reason: null }, { reservationId: 'of-ann', userId: null, reason: null }],
  ["the end of another's window", { reservationId: 'of-bob', pickupBy: 7 }, { pickupBy: 7 }, { reservationId: 'of-bob', pickupBy: 7 }],
  ['an own loan', { copyId: 'c', userId: 'ann' }, { copyId: 'c', userId: 'ann' }, { copyId: 'c', userId: null }],
  ["another's loan", { copyId: 'c', userId: 'bob' }, {}, { copyId: 'c', userId: null }],
  ["a copy, which is nobody's", { copyId: 'c' }, { copyId: 'c' }, { copyId: 'c' }],
  ['the catalogue', { title: 't', authors: [] }, { title: 't', authors: [] }, { title: 't', authors: [] }],
])('of %s the history shows patrons and analysts what it may', async (_what, data, toPatron, toAnalyst) => {
  expect(await history(staff, data as never)).toEqual(data);
  expect(await history(patron, data as never)).toEqual(toPatron);
  expect(await history(analyst, data as never)).toEqual(toAnalyst);
});
