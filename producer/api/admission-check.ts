import type { LibraryEvent } from '../../schemas/generated/events';
import type { RefusalCode } from '../../schemas/refusals';

/**
 * Refuses events that are known to have no effect, before they are recorded. It only saves work: an event that it admits
 * may still have no effect.
 */
export interface AdmissionCheck {
  /** Why the event need not be recorded; undefined admits it. Never throws, and never takes long. */
  refuses(event: LibraryEvent): Promise<{ readonly code: RefusalCode; readonly detail: string } | undefined>;
}
