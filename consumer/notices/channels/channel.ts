import type { Notice } from '../notice';

/** A notice on its way. */
export interface Delivery extends Notice {
  /** The trace that the attempt belongs to. */
  readonly traceparent?: string | null | undefined;
}

/** A channel that takes notices to users. */
export interface NoticeChannel {
  /**
   * Resolves when the receiver has accepted the notice. It may be delivered more than once: its ID is sent along, for
   * receivers to drop duplicates.
   * @param signal aborted when the attempt has timed out: release what is in use
   * @throws {PermanentError} when a retry would be of no use
   * @throws {TryLaterError} when the receiver asks for a pause
   * @throws {Error} when a retry may succeed
   */
  deliver(notice: Delivery, signal: AbortSignal): Promise<void>;
  /** Closes connections. */
  close(): Promise<void>;
}

/** The receiver will never accept this notice. */
export class PermanentError extends Error {
  override readonly name = 'PermanentError';
}

/** The receiver asks for a pause before the next attempt. */
export class TryLaterError extends Error {
  override readonly name = 'TryLaterError';

  constructor(
    message: string,
    /** Milliseconds. */
    readonly pause: number,
  ) {
    super(message);
  }
}
