/** What a client or a reader is given about a refusal. */
interface Refusal {
  /** The same for every refusal with the code: the title of the problem document. */
  readonly title: string;
  /** A sentence for people. */
  readonly detail: string;
}

/**
 * Why an event can have no effect: one row for each code. The codes are part of the contract (problem documents, the
 * history, outcomes) and never change; new ones may be added.
 */
export const REFUSALS = {
  'unknown-book': {
    title: 'The book is not in the catalogue',
    detail: 'No book with this ID is in the catalogue.',
  },
  'already-reserved': {
    title: 'The user has an open reservation for the book',
    detail: 'This user already has an open reservation for this book.',
  },
  'already-borrowed': {
    title: 'The user has the book on loan',
    detail: 'This user has a copy of this book on loan.',
  },
  'limit-reached': {
    title: 'The user has as many open reservations as are allowed',
    detail: 'This user has as many open reservations as are allowed.',
  },
  'unknown-reservation': {
    title: 'The book has no such reservation',
    detail: 'This book has no reservation with this ID.',
  },
  'not-owner': {
    title: 'The reservation belongs to another user',
    detail: 'This reservation belongs to another user.',
  },
  'already-closed': {
    title: 'The reservation is closed',
    detail: 'This reservation was closed before.',
  },
  'unknown-copy': {
    title: 'The book has no such copy, or not in the state that this needs',
    detail: 'This book has no copy with this ID, or it was withdrawn.',
  },
  'copy-not-available': {
    title: 'The copy is not available',
    detail:
      'The copy is not in the state that this needs: only an available copy can be borrowed, only one on loan can be returned, only a copy set aside can expire.',
  },
  'copy-set-aside': {
    title: 'The copy is set aside for another user',
    detail: 'This copy is set aside for another user.',
  },
  'duplicate-copy': {
    title: 'The copy is there already',
    detail: 'This book already has a copy with this ID.',
  },
} as const satisfies Readonly<Record<string, Refusal>>;

/** Why an event had no effect. */
export type RefusalCode = keyof typeof REFUSALS;

export const REFUSAL_CODES = Object.keys(REFUSALS) as RefusalCode[];

/** Code and title, which are the same wherever the code is answered, as an outcome or because there is nothing to read. */
export function titled(code: RefusalCode): { readonly code: RefusalCode; readonly title: string } {
  return { code, title: REFUSALS[code].title };
}

/** A sentence for people that explains a code. */
export function explain(code: RefusalCode): string {
  return REFUSALS[code].detail;
}
