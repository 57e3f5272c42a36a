/**
 * The topics of a backup, in the order in which their ends are looked up. What comes of events is before the events themselves, so that a
 * backup holds the cause of all that it holds; the schemas that they name, and who was forgotten, come after them.
 */
export const KEYS = [
  'outcomes',
  'deadLetters',
  'reservations',
  'idempotencyKeys',
  'schemas',
  'forgotten',
] as const;

export type TopicKey = (typeof KEYS)[number];

/** Of these the last record of each key counts, and no offset is named anywhere: compaction has made holes in them. */
export const LATEST_OF_EACH_KEY: ReadonlySet<TopicKey> = new Set(['schemas', 'forgotten']);

/** Of these everything is there, from offset 0 on, and stays where it is. */
export const ETERNAL: ReadonlySet<TopicKey> = new Set(['outcomes', 'deadLetters', 'reservations']);
