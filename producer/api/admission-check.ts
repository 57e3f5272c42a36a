import type { LibraryEvent } from '../../schemas/generated/events';
import type { RefusalCode } from '../../schemas/refusals';

/** Refuses what is known to be in vain, before it is recorded. It decides nothing: what it lets in may still be refused. */
export interface AdmissionCheck {
  /** Why the event need not be recorded; undefined lets it in. Never throws, and never takes long. */
  refuses(event: LibraryEvent): Promise<{ readonly code: RefusalCode; readonly detail: string } | undefined>;
}
