import type { PoolClient } from 'pg';
import { formatPosition } from '../../../infra/event-log/log';
import { LIVE } from '../../projector/view-pool';
import { OutdatedError, type Takeover } from '../definition';
import { OUTBOX } from './outbox';
import { firstDifference, recordedSpans } from './recorded-rules';

/** What a rebuilt view has to take over from the live one, and the other way round. */
export async function carryOver(client: PoolClient, takeover: Takeover): Promise<void> {
  await publishTheRest(client, takeover);
  await recordWindows(client, takeover);
}

/**
 * Outcomes of events that the live view has not reached yet are published from now on. Batches are cut elsewhere there: of the one
 * that the live view is in the middle of, only what follows.
 */
async function publishTheRest(client: PoolClient, { scratch, live }: Takeover): Promise<void> {
  await client.query(
    `INSERT INTO library.${OUTBOX} (partition, first_offset, last_offset, count, outcomes)
     SELECT o.partition, rest.first_offset, o.last_offset, rest.count, rest.outcomes FROM ${scratch}.${OUTBOX} o
       JOIN unnest($1::int[], $2::bigint[]) AS l(partition, next_offset) ON l.partition = o.partition,
     LATERAL (SELECT o.first_offset, o.count, o.outcomes WHERE o.first_offset >= l.next_offset
              UNION ALL
              SELECT min((e.entry->>0)::bigint), count(*), json_agg(e.entry ORDER BY e.place)::text
                FROM json_array_elements(o.outcomes::json) WITH ORDINALITY AS e(entry, place)
               WHERE o.first_offset < l.next_offset AND (e.entry->>0)::bigint >= l.next_offset
              HAVING count(*) > 0) AS rest
      WHERE o.last_offset >= l.next_offset ORDER BY o.partition, o.id`,
    [[...live.keys()], [...live.values()]],
  );
}

/**
 * The pickup windows that the rebuilt view has applied are recorded from now on.
 * @throws {OutdatedError} when the live view has applied another one to an event: readers were given other dates than those
 *   in the rebuilt view
 */
async function recordWindows(client: PoolClient, { scratch, live }: Takeover): Promise<void> {
  const [known, applied] = [await recordedSpans(client, LIVE), await recordedSpans(client, scratch)];
  for (const [partition, next] of live) {
    const offset = firstDifference(known.get(partition), applied.get(partition), next);
    if (offset !== undefined)
      throw new OutdatedError(
        `the live view counts with another pickup window from ${formatPosition({ partition, offset })} on, which had been projected here before`,
      );
  }
  await client.query(
    `DELETE FROM library.pickup_windows WHERE partition IN (SELECT partition FROM ${scratch}.pickup_windows)`,
  );
  await client.query(`INSERT INTO library.pickup_windows SELECT * FROM ${scratch}.pickup_windows`);
}
