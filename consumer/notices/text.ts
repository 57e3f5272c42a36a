import type { RefusalCode } from '../../schemas/refusals';
import type { Notice } from './notice';

export interface NoticeText {
  /** One line. */
  readonly subject: string;
  readonly text: string;
}

/**
 * Why a request was refused, in words for users. New codes may appear on the stream at any time: they get a general
 * sentence.
 */
const REFUSALS: Readonly<Record<string, string>> = {
  'unknown-book': 'We do not have this book in our catalogue.',
  'already-reserved': 'You have reserved this book already, and your first reservation still stands.',
  'already-borrowed': 'You have borrowed this book already.',
  'limit-reached': 'You have as many open reservations as are allowed.',
} satisfies Partial<Record<RefusalCode, string>>;

/** The text for the user. A pure function of the notice: repeated deliveries have the same text. */
export function textOf(notice: Notice): NoticeText {
  const { subject, sentences } = contentOf(notice);
  const lines = [
    `Hello ${notice.userId},`,
    '',
    ...sentences,
    '',
    `Reservation: ${notice.reservationId}`,
    '',
    'Your library',
  ];
  return { subject, text: `${lines.join('\n')}\n` };
}

function contentOf({ kind, bookId, details }: Notice): { subject: string; sentences: string[] } {
  switch (kind) {
    case 'ready':
      return {
        subject: `Ready for you: ${bookId}`,
        sentences: [
          `A copy of ${bookId} (${details.copyId ?? 'at the desk'}) is set aside for you.`,
          `Please collect it by ${readableTime(details.pickupBy)}; after that it goes to the next reader.`,
        ],
      };
    case 'rejected':
      return {
        subject: `Not reserved: ${bookId}`,
        sentences: [
          `We could not reserve ${bookId} for you.`,
          REFUSALS[details.code ?? ''] ?? `The reason: ${details.code ?? 'none was given'}.`,
        ],
      };
    case 'expired':
      return {
        subject: `Reservation over: ${bookId}`,
        sentences: [
          `Your copy of ${bookId} was not collected in time, so your reservation has ended.`,
          'You are welcome to reserve the book again.',
        ],
      };
    case 'limit-reached':
      return {
        subject: `Reservation cancelled: ${bookId}`,
        sentences: [
          `You have more open reservations than are allowed, so we had to cancel your latest one, for ${bookId}.`,
          'Once another one is closed, you are welcome to reserve the book again.',
        ],
      };
  }
}

const DAY = new Intl.DateTimeFormat('en-GB', { dateStyle: 'long', timeZone: 'UTC' });

function readableTime(iso: string | undefined): string {
  if (iso === undefined) return 'the date that the desk tells you';
  const time = new Date(iso);
  return `${DAY.format(time)}, ${time.toISOString().slice(11, 16)} UTC`;
}
