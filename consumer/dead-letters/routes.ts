import type { Pool } from 'pg';
import { z } from 'zod';
import { formatPosition } from '../../infra/event-log/log';
import { cursor, paginate } from '../../infra/http/cursor';
import { limit, storedTime, text } from '../../infra/http/fields';
import { Problem } from '../../infra/http/problem';
import { defineRoute, type Route } from '../../infra/http/route';
import { isTransient } from '../../infra/postgres/errors';
import { endpoint } from '../../schemas/access';
import * as fields from '../../schemas/fields';
import { DeadLetterTable } from './dead-letter-table';

const deadLetter = z
  .object({
    consumer: z.string().describe('The view that could not apply it'),
    topic: z.string(),
    position: z.string().describe('Of the record in its topic'),
    bookId: fields.bookId.nullable().describe('The book that it holds up; null: none'),
    status: z
      .enum(['dead', 'parked'])
      .describe('`parked`: nothing before it is dead any more, and the book waits to be retried'),
    reason: z
      .string()
      .nullable()
      .describe('Why it could not be applied; for analysts without what it quotes. null while it is parked'),
    setAsideAt: z.iso.datetime().describe('ISO 8601, UTC'),
    behind: z.int().min(0).describe('How many later records of the book wait behind it'),
  })
  .meta({
    id: 'DeadLetter',
    examples: [
      {
        consumer: 'availability',
        topic: 'library.reservations',
        position: '1:1042',
        bookId: 'moby-dick',
        status: 'dead',
        reason: 'The registry has no schema with ID 9.',
        setAsideAt: '2026-11-23T12:00:00.000Z',
        behind: 2,
      },
    ],
  });

/** A reason without what it quotes of the record, which may name somebody. */
export function withoutQuotes(reason: string): string {
  return reason.replace(/"(?:[^"\\]|\\.)*"?/gs, '"…"');
}

/** What the consumers have set aside. */
export function deadLettersRoute(pool: Pool): Route {
  const table = new DeadLetterTable(pool);
  return defineRoute({
    ...endpoint('GET /v1/dead-letters'),
    operationId: 'listDeadLetters',
    tag: 'Operations',
    summary: 'The records that a view could not apply, with the reason',
    params: z.object({}),
    query: z.object({
      consumer: text({ max: 64 }).optional(),
      bookId: fields.bookId.optional(),
      cursor: cursor(
        z.tuple([storedTime, text({ max: 300 }), z.int32().min(0), z.int().min(0), text({ max: 64 })]),
      ),
      limit,
    }),
    responses: {
      200: {
        description: 'A page of those that are set aside now, the oldest first',
        schema: z.object({ items: z.array(deadLetter), nextCursor: z.string().nullable() }),
      },
    },
    problems: [503],
    async handle({ query: { consumer, bookId, cursor, limit }, scope }) {
      const rows = await table
        .list({ consumer, bookId }, { limit: limit + 1, cursor })
        .catch((error: unknown) => {
          if (!isTransient(error)) throw error;
          throw Problem.unavailable('The database does not answer at the moment.', 1);
        });
      const body = paginate(
        rows,
        limit,
        ({ partition, offset, reason, setAsideAt, ...row }) => ({
          ...row,
          position: formatPosition({ partition, offset }),
          reason: reason !== null && scope === 'masked' ? withoutQuotes(reason) : reason,
          setAsideAt: setAsideAt.toISOString(),
        }),
        (row) => [row.setAsideAt.toISOString(), row.topic, row.partition, row.offset, row.consumer],
      );
      return { status: 200, body };
    },
  });
}
