import { LANGUAGES } from './messages';
import { KINDS, type Notice, type NoticeKind } from './notice';
import { NoticeTexts, type TextSettings } from './text';

const SETTINGS: TextSettings = { language: 'en', timeZone: 'UTC' };
const texts = (settings: Partial<TextSettings> = {}) => new NoticeTexts({ ...SETTINGS, ...settings });
const textOf = (of: Notice) => texts().textOf(of);

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

  test('in German, with times of the zone that is set', () => {
    const ready = notice('ready', { copyId: 'moby-dick-1', pickupBy: '2026-12-01T14:05:00.000Z' });
    const { subject, text } = texts({ language: 'de', timeZone: 'Europe/Berlin' }).textOf(ready);
    expect(subject).toBe('Liegt für Sie bereit: moby-dick');
    expect(text).toContain('Bitte holen Sie es bis 1. Dezember 2026, 15:05 MEZ ab');
  });

  test.each([...LANGUAGES])('every kind has words of its own: %s', (language) => {
    const subjects = KINDS.map((kind) => texts({ language }).textOf(notice(kind)).subject);
    expect(new Set(subjects).size).toBe(KINDS.length);
  });

  test('text and HTML link to the page of the book, and to where notices end', () => {
    const settings = { pageUrl: 'https://a.org', unsubscribeUrl: 'https://a.org/bye?user={userId}' };
    const { text, html } = texts(settings).mailOf({ ...notice('expired'), bookId: 'a&b', userId: 'x+y' });
    expect(text).toContain('\nSee the book and your reservation: https://a.org/books/a%26b\n\nReservation: ');
    expect(text).toMatch(/\nNo more of these messages: https:\/\/a\.org\/bye\?user=x%2By\n$/);
    expect(html).toContain('href="https://a.org/books/a%26b"');
    expect(html).toContain('href="https://a.org/bye?user=x%2By"');
    expect(html).toContain('<html lang="en">');
    expect(texts().mailOf(notice('expired')).html).not.toContain('href');
  });

  test('nothing in a notice becomes markup, and the text has it as it is', () => {
    const evil = '<script>"\'&</script>';
    const { text, html } = texts().mailOf({
      ...notice('rejected', { code: evil }),
      bookId: evil,
      userId: evil,
    });
    expect(html).not.toContain('<script>');
    expect(html).toContain('&lt;script&gt;&quot;&#39;&amp;&lt;/script&gt;');
    expect(text).toContain(`Hello ${evil},`);
  });
});
