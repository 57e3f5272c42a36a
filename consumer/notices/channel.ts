import type { Notice } from './notice';

/** A way on which notices reach users. */
export interface NoticeChannel {
  /**
   * Resolves when the notice has been taken over by whoever passes it on. It may be delivered again: its ID is told with
   * it, for receivers to drop repeats.
   * @param signal aborted when the time is up: let go of what is under way
   * @throws {PermanentError} when trying again would be of no use
   * @throws {TryLaterError} when the receiver said when to come back
   * @throws {Error} when it may work another time
   */
  deliver(notice: Notice, signal: AbortSignal): Promise<void>;
  /** Lets go of connections. */
  close(): Promise<void>;
}

/** This notice will never be taken. */
export class PermanentError extends Error {
  override readonly name = 'PermanentError';
}

/** The receiver asks for a pause. */
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
