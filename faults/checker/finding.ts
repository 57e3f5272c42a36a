/** The kinds of broken promises that the checker knows. */
export const FINDING_KINDS = [
  /** Acknowledged, and not at its position on the stream. */
  'lost',
  /** At its position stands another event than the client asked for. */
  'altered',
  /** Refused as surely not recorded, and on the stream. */
  'false refusal',
  /** One request took effect as two events. */
  'doubled',
  /** On the stream, and nobody asked for it. */
  'invented',
  /** Acknowledged before another request of the same book began, and behind it on the stream. */
  'reordered',
  /** A copy was set aside for, or lent to, two people at a time. */
  'promised twice',
  /** A read was answered from a view that had not reached the position that was asked for. */
  'stale read',
  /** A later read shows an earlier state. */
  'read went back',
  /** The published outcomes are not what a replay decides. */
  'wrong outcomes',
  /** The notices are not what the outcomes call for. */
  'wrong notices',
  /** The history in the view is not what the stream holds. */
  'wrong history',
  /** A stored position went back. */
  'progress went back',
  /** The live views differ from a replay. */
  'view differs',
  /** Partitions that could be written to were held up by others that could not. */
  'held up',
  /** Something was left to do for ever, or the scenario could not go on. */
  'stuck',
] as const;

export type FindingKind = (typeof FINDING_KINDS)[number];

/** A promise that was broken. */
export interface Finding {
  readonly kind: FindingKind;
  /** One sentence with the IDs and positions that somebody needs who looks for the cause. */
  readonly message: string;
}
