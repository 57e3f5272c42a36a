import type { Pool } from 'pg';
import type { Log, OutgoingRecord } from '../../infra/event-log/log';
import type { ForgottenUsers } from '../../schemas/forgotten/forgotten-users';
import type { EventSetName } from '../../schemas/event-set';
import type { LibraryEvent } from '../../schemas/generated/events';

/** What somebody is forgotten with. */
export interface ForgetSources {
  readonly log: Log;
  /** That of the live views. */
  readonly pool: Pool;
  readonly topics: Readonly<Record<EventSetName, string>>;
  /** How many partitions each of the topics has. */
  readonly partitions: number;
  readonly forgotten: ForgottenUsers;
  readonly encode: (event: LibraryEvent) => OutgoingRecord;
}

/** Why somebody cannot be forgotten at present, in a sentence that says what to do. Nothing of them was erased then. */
export class NotForgottenError extends Error {
  override readonly name = 'NotForgottenError';
}
