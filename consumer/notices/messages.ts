import type { RefusalCode } from '../../schemas/refusals';

/** The languages of notices, those of the page. */
export const LANGUAGES = ['en', 'de'] as const;
export type Language = (typeof LANGUAGES)[number];

/** What a sentence may name. */
interface Fields {
  readonly book: string;
  /** Undefined: not known. */
  readonly copy: string | undefined;
  /** A moment in words; undefined: not known. */
  readonly until: string | undefined;
  /** Why it was refused: `refusals` in words, else the code itself. */
  readonly why: string;
}

interface Message {
  readonly subject: (fields: Fields) => string;
  readonly sentences: (fields: Fields) => readonly string[];
}

interface Messages {
  /** For `Intl`: how days are written. */
  readonly locale: string;
  readonly hello: (user: string) => string;
  readonly reservation: string;
  readonly open: string;
  readonly unsubscribe: string;
  readonly library: string;
  readonly ready: Message;
  readonly rejected: Message;
  readonly expired: Message;
  readonly 'limit-reached': Message;
  /** New codes may appear on the stream at any time: they get `otherRefusal`. */
  readonly refusals: Readonly<Record<string, string>>;
  readonly otherRefusal: (code: string | undefined) => string;
}

type Refusals = Partial<Record<RefusalCode, string>>;

const en: Messages = {
  locale: 'en-GB',
  hello: (user) => `Hello ${user},`,
  reservation: 'Reservation',
  open: 'See the book and your reservation',
  unsubscribe: 'No more of these messages',
  library: 'Your library',
  ready: {
    subject: ({ book }) => `Ready for you: ${book}`,
    sentences: ({ book, copy = 'at the desk', until = 'the date that the desk tells you' }) => [
      `A copy of ${book} (${copy}) is set aside for you.`,
      `Please collect it by ${until}; after that it goes to the next reader.`,
    ],
  },
  rejected: {
    subject: ({ book }) => `Not reserved: ${book}`,
    sentences: ({ book, why }) => [`We could not reserve ${book} for you.`, why],
  },
  expired: {
    subject: ({ book }) => `Reservation over: ${book}`,
    sentences: ({ book }) => [
      `Your copy of ${book} was not collected in time, so your reservation has ended.`,
      'You are welcome to reserve the book again.',
    ],
  },
  'limit-reached': {
    subject: ({ book }) => `Reservation cancelled: ${book}`,
    sentences: ({ book }) => [
      `You have more open reservations than are allowed, so we had to cancel your latest one, for ${book}.`,
      'Once another one is closed, you are welcome to reserve the book again.',
    ],
  },
  refusals: {
    'unknown-book': 'We do not have this book in our catalogue.',
    'already-reserved': 'You have reserved this book already, and your first reservation still stands.',
    'already-borrowed': 'You have borrowed this book already.',
    'limit-reached': 'You have as many open reservations as are allowed.',
  } satisfies Refusals,
  otherRefusal: (code = 'none was given') => `The reason: ${code}.`,
};

const de: Messages = {
  locale: 'de-DE',
  hello: (user) => `Guten Tag ${user},`,
  reservation: 'Vormerkung',
  open: 'Das Buch und Ihre Vormerkung ansehen',
  unsubscribe: 'Keine solchen Nachrichten mehr',
  library: 'Ihre Bibliothek',
  ready: {
    subject: ({ book }) => `Liegt für Sie bereit: ${book}`,
    sentences: ({ book, copy = 'am Tresen', until }) => [
      `Ein Exemplar von ${book} (${copy}) liegt für Sie bereit.`,
      until === undefined
        ? 'Bis wann, sagt Ihnen das Personal; danach bekommt es der nächste Leser.'
        : `Bitte holen Sie es bis ${until} ab; danach bekommt es der nächste Leser.`,
    ],
  },
  rejected: {
    subject: ({ book }) => `Nicht vorgemerkt: ${book}`,
    sentences: ({ book, why }) => [`Wir konnten ${book} nicht für Sie vormerken.`, why],
  },
  expired: {
    subject: ({ book }) => `Vormerkung beendet: ${book}`,
    sentences: ({ book }) => [
      `Ihr Exemplar von ${book} wurde nicht rechtzeitig abgeholt. Ihre Vormerkung ist damit beendet.`,
      'Sie können das Buch gern wieder vormerken.',
    ],
  },
  'limit-reached': {
    subject: ({ book }) => `Vormerkung storniert: ${book}`,
    sentences: ({ book }) => [
      `Sie haben mehr offene Vormerkungen, als erlaubt sind. Darum mussten wir die letzte stornieren, die von ${book}.`,
      'Sobald eine andere abgeschlossen ist, können Sie das Buch gern wieder vormerken.',
    ],
  },
  refusals: {
    'unknown-book': 'Dieses Buch ist nicht in unserem Katalog.',
    'already-reserved': 'Sie haben dieses Buch schon vorgemerkt, und diese Vormerkung gilt weiter.',
    'already-borrowed': 'Sie haben dieses Buch schon ausgeliehen.',
    'limit-reached': 'Sie haben so viele offene Vormerkungen, wie erlaubt sind.',
  } satisfies Refusals,
  otherRefusal: (code = 'keiner wurde genannt') => `Der Grund: ${code}.`,
};

export const MESSAGES: Readonly<Record<Language, Messages>> = { en, de };
