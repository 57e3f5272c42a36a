import type { LibraryEvent } from '../../schemas/generated/events';
import type { RefusalCode } from '../../schemas/refusals';

/**
 * Refuses events that are known to have no effect before they are recorded. Those that it admits may still be refused.
 */
export interface AdmissionCheck {
  /** Why the event is refused; undefined admits it. Never throws, and never takes long. */
  refuses(event: LibraryEvent): Promise<{ readonly code: RefusalCode; readonly detail: string } | undefined>;
}
