import type { PoolClient } from 'pg';
import { LIBRARY_EVENTS } from '../../../schemas/generated/events';
import { defineView, type Takeover } from '../definition';
import { AvailabilityProjection } from './projection';
import { BOOKS, COPIES, HISTORY, OUTBOX, RESERVATIONS } from './tables';

export const AVAILABILITY_VIEW = defineView({
  name: 'availability',
  events: LIBRARY_EVENTS,
  tables: [BOOKS, COPIES, RESERVATIONS, HISTORY],
  internalTables: [OUTBOX.name, 'outbox_set_aside', 'pickup_windows'],
  createProjection: (options) => new AvailabilityProjection(options),
  carryOver: publishTheRest,
});

/** Outcomes of events that the live view has not reached yet are published from now on. */
async function publishTheRest(client: PoolClient, { scratch, live }: Takeover): Promise<void> {
  await client.query(
    `INSERT INTO library.outbox SELECT o.* FROM ${scratch}.outbox o
       JOIN unnest($1::int[], $2::bigint[]) AS l(partition, next_offset) ON l.partition = o.partition
      WHERE o."offset" >= l.next_offset`,
    [[...live.keys()], [...live.values()]],
  );
}
