import { createTestDatabase, type TestDatabase } from '../servers';
import { LIBRARY_EVENTS } from '../../schemas/generated/events';
import { createDecoder } from '../../schemas/codec/codec';
import type { SchemaRegistry } from '../../schemas/registry/registry';
import { migrate, migrations } from '../../consumer/prisma/migrate';
import { BatchProjector } from '../../consumer/projector/batch-projector';
import { Checkpoints } from '../../consumer/projector/checkpoint';
import { context, logger } from '../../consumer/projector/testing';
import { createViewPool } from '../../consumer/projector/view-pool';
import { AvailabilityProjection } from '../../consumer/views/availability/projection';
import { DeadLetterTable } from '../../consumer/dead-letters/dead-letter-table';
import { describeDeadLetter } from '../../consumer/dead-letters/describe';

describe('the table of dead letters', () => {
  let database: TestDatabase;

  beforeEach(async () => {
    database = await createTestDatabase();
    await migrate(database.url, migrations());
  });

  afterEach(() => database.drop());

  // A client writes any 64 bits; what a broker takes of it depends on its version and settings.
  test.each([-9e15, 9e15, -1])('takes a record whose timestamp is %d', async (timestamp) => {
    const pool = createViewPool(database.url, logger);
    const stream = { identity: () => Promise.resolve('cluster'), topicId: () => Promise.resolve(undefined) };
    const projector = new BatchProjector({
      ...{ topic: 't', partitions: 1, logger },
      projection: new AvailabilityProjection({ pool, topic: 't', rules: { pickupWindow: 1_000 } }),
      decoder: createDecoder({ registry: {} as SchemaRegistry, schemas: LIBRARY_EVENTS }),
    });
    const record = { partition: 0, offset: 0, timestamp, key: Buffer.from('emma'), value: null, headers: {} };
    const batch = { partition: 0, fromOffset: 0, nextOffset: 1, endOffset: 1, records: [record] };
    const state = await new Checkpoints(pool, 'availability', 't', stream).stateOf(0);
    const reached = await projector.apply(batch, state, context);
    expect(reached).toMatchObject({ offset: 1, blocked: new Set(['emma']) });
    const [letter] = await new DeadLetterTable(pool).find({});
    expect(letter).toMatchObject({ status: 'dead', record: { timestamp: timestamp === -1 ? -1 : null } });
    expect(describeDeadLetter(letter!)).toMatch(
      timestamp === -1 ? /Logged at: +1969-12-31T23:59:59.999Z/ : /Logged at: +a time that no calendar holds/,
    );
    await pool.end();
  });
});
