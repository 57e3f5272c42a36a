import type { Pool } from 'pg';
import { z } from 'zod';
import { withDeadline } from '../../infra/deadline';
import type { Log } from '../../infra/event-log/log';
import { Problem } from '../../infra/http/problem';
import { defineRoute, type Route } from '../../infra/http/route';
import { endpoint } from '../../schemas/access';
import { partitionLags, type PartitionLag } from './lag';

/** How long Kafka and Postgres may take together, in milliseconds. */
const ANSWER_MS = 3_000;

const count = z.int().min(0);

const consumer = z
  .object({
    consumer: z.string(),
    topic: z.string().describe('What it reads'),
    end: count.describe('The ends of the partitions of the topic, added up: it grows with every record'),
    lag: count.describe('Records that it has not projected yet'),
    setAside: count.describe('Records that are dead, or parked behind a dead one of their book'),
    movedAt: z.iso
      .datetime()
      .describe(
        'When it last projected something, ISO 8601, UTC: without lag it has the present state since then',
      ),
  })
  .meta({
    id: 'Consumer',
    examples: [
      {
        consumer: 'availability',
        topic: 'library.reservations',
        end: 12_345,
        lag: 3,
        setAside: 0,
        movedAt: '2026-11-23T12:00:00.000Z',
      },
    ],
  });

type Consumer = z.output<typeof consumer>;

function summed(partitions: readonly PartitionLag[]): Consumer[] {
  const consumers = new Map<string, Consumer>();
  for (const { consumer, topic, end, lag, setAside, movedAt } of partitions) {
    const key = `${consumer} ${topic}`;
    const moved = movedAt.toISOString();
    const before = consumers.get(key) ?? { consumer, topic, end: 0, lag: 0, setAside: 0, movedAt: moved };
    consumers.set(key, {
      ...before,
      end: before.end + end,
      lag: before.lag + lag,
      setAside: before.setAside + setAside,
      movedAt: before.movedAt > moved ? before.movedAt : moved,
    });
  }
  return [...consumers.values()];
}

/** How far each view is. */
export function consumersRoute(log: Pick<Log, 'bounds'>, pool: Pool): Route {
  return defineRoute({
    ...endpoint('GET /v1/consumers'),
    operationId: 'listConsumers',
    tag: 'Operations',
    summary: 'The consumers of the stream: how far behind each is, and since when',
    params: z.object({}),
    query: z.object({}),
    responses: {
      200: {
        description: 'All consumers that have begun to read',
        schema: z.object({ items: z.array(consumer), nextCursor: z.null() }),
      },
    },
    problems: [503],
    async handle() {
      const partitions = await withDeadline(ANSWER_MS, () => partitionLags(log, pool)).catch(() => {
        throw Problem.unavailable('Kafka or the database does not answer at the moment.', 1);
      });
      return { status: 200, body: { items: summed(partitions), nextCursor: null } };
    },
  });
}
