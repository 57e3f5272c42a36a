import { z, type ZodType } from 'zod';
import type { Operation, ResponseDoc } from '../../infra/http/route';
import * as fields from '../../schemas/fields';
import type { Command, Resource } from '../commands/command';

/** The schemas of the resources that `Prefer: wait` returns. They belong to the read side; `app/` passes them in. */
export type ResourceSchemas = Readonly<Partial<Record<Resource['kind'], ZodType>>>;

const accepted = z
  .object({
    status: z.literal('accepted'),
    eventId: fields.eventId,
    position: z
      .string()
      .meta({ examples: ['1:1042'], description: 'Where the event stands in the stream: for `after`.' }),
    bookId: fields.bookId,
    copyId: fields.copyId.optional(),
    reservationId: fields.reservationId.optional(),
    userId: fields.userId.optional(),
  })
  .meta({ id: 'Accepted', description: 'The receipt, with those of the IDs that the request is about.' });

const PREFER = 'Wait for the outcome: `wait=N`, in seconds, 30 at most (RFC 7240).';
const KEY =
  'Makes the request safe to repeat, at any time: the same key and request are one event with the same IDs. ' +
  '1 to 255 visible ASCII characters.';
const TRACE = 'The W3C trace that the event becomes a part of.';

/** The request headers that commands use. */
export const REQUEST_HEADERS: NonNullable<Operation['requestHeaders']> = {
  Prefer: PREFER,
  'Idempotency-Key': { description: KEY, pattern: '^[!-~]{1,255}$' },
  traceparent: TRACE,
};

/** The responses of a command, except problems. */
export function responsesOf(command: Command, schemas: ResourceSchemas): Record<number, ResponseDoc> {
  const kind = command.resource;
  const schema = schemas[kind];
  const location = command.location ? { Location: 'Where the reservation can be read.' } : undefined;
  return {
    200: {
      description: `The event took effect; this is the ${kind} now. Only with \`Prefer: wait\`.`,
      headers: { ...location, 'Preference-Applied': 'The preference that was followed.' },
      ...(schema && { schema }),
    },
    202: {
      description: 'The event is in the stream for good. What it comes to follows from the stream.',
      schema: accepted,
      ...(location && { headers: location }),
    },
  };
}
