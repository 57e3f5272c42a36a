import type { Notice, NoticeKind } from './notice';
import { textOf } from './text';

const notice = (kind: NoticeKind, details: Notice['details'] = {}): Notice => ({
  noticeId: '0191d9a4-0000-7000-8000-000000000001',
  kind,
  bookId: 'moby-dick',
  reservationId: '0191d9a4-0000-7000-8000-000000000002',
  userId: 'ishmael',
  details,
});

describe('what users read', () => {
  test('ready: the copy, and until when', () => {
    expect(textOf(notice('ready', { copyId: 'moby-dick-1', pickupBy: '2026-12-01T14:05:00.000Z' }))).toEqual({
      subject: 'Ready for you: moby-dick',
      text: `Hello ishmael,

A copy of moby-dick (moby-dick-1) is set aside for you.
Please collect it by 1 December 2026, 14:05 UTC; after that it goes to the next reader.

Reservation: 0191d9a4-0000-7000-8000-000000000002

Your library
`,
    });
  });

  test.each([
    ['unknown-book', 'We do not have this book in our catalogue.'],
    ['already-reserved', 'your first reservation still stands'],
    ['already-borrowed', 'You have borrowed this book already.'],
    ['limit-reached', 'as many open reservations as are allowed'],
    ['a-code-of-next-year', 'The reason: a-code-of-next-year.'],
  ])('why a reservation was refused: %s', (code, sentence) => {
    const { subject, text } = textOf(notice('rejected', { code }));
    expect(subject).toBe('Not reserved: moby-dick');
    expect(text).toContain(sentence);
  });

  test('expired: the copy was not collected in time', () => {
    expect(textOf(notice('expired')).text).toContain('was not collected in time');
  });

  test('limit reached: the reservation was cancelled', () => {
    expect(textOf(notice('limit-reached')).text).toContain('more open reservations than are allowed');
  });
});
