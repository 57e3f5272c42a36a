/** Where the fields of a record batch in Kafka's format 2 stand, in bytes from its beginning. The records follow the head. */
export const BatchLayout = {
  baseOffset: 0,
  /** Of what follows this field. */
  length: 8,
  leaderEpoch: 12,
  magic: 16,
  checksum: 17,
  attributes: 21,
  lastOffsetDelta: 23,
  firstTimestamp: 27,
  maxTimestamp: 35,
  producerId: 43,
  producerEpoch: 51,
  baseSequence: 53,
  recordCount: 57,
} as const;

export const HEAD_BYTES = 61;
/** Base offset and length, which the length does not count. */
export const PREFIX_BYTES = 12;
/** Where what the checksum covers begins. */
export const CHECKED_FROM = 21;
/** The format since Kafka 0.11. */
export const MAGIC = 2;
