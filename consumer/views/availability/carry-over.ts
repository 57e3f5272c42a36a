import type { PoolClient } from 'pg';
import { formatPosition } from '../../../infra/event-log/log';
import { LIVE } from '../../projector/view-pool';
import { OutdatedError, type Takeover } from '../definition';
import { firstDifference, recordedSpans } from './recorded-rules';

/** What a rebuilt view has to take over from the live one, and the other way round. */
export async function carryOver(client: PoolClient, takeover: Takeover): Promise<void> {
  await publishTheRest(client, takeover);
  await recordWindows(client, takeover);
}

/** Outcomes of events that the live view has not reached yet are published from now on. */
async function publishTheRest(client: PoolClient, { scratch, live }: Takeover): Promise<void> {
  await client.query(
    `INSERT INTO library.outbox SELECT o.* FROM ${scratch}.outbox o
       JOIN unnest($1::int[], $2::bigint[]) AS l(partition, next_offset) ON l.partition = o.partition
      WHERE o."offset" >= l.next_offset`,
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
