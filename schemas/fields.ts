import { z } from 'zod';
import { parsePosition, type Position } from '../infra/event-log/log';
import { ID, ID_RULE, UUID } from './ids';

const id = (example: string) =>
  z
    .string()
    .regex(ID, `must be ${ID_RULE}`)
    .meta({ examples: [example] });

export const bookId = id('moby-dick');
export const copyId = id('moby-dick-1');
export const userId = id('ishmael');

const uuid = (example: string) =>
  z
    .string()
    .regex(UUID, 'must be a UUID')
    .toLowerCase()
    .meta({ format: 'uuid', examples: [example] });

/** UUIDs of any version. The output is in lower case, whatever the case of the input. */
export const reservationId = uuid('01980f3c-7a2e-7c41-9f0a-5d2b8c6e1f37');
export const eventId = uuid('01980f3c-7a2e-7c41-9f0a-5d2b8c6e1f37');

/** A position in the stream, `<partition>:<offset>`: the answer includes every event up to it. */
export const after = z
  .string()
  .transform((value, context): Position => {
    const position = parsePosition(value);
    if (position) return position;
    context.addIssue({ code: 'custom', message: 'must be a position such as 3:1042' });
    return z.NEVER;
  })
  .optional()
  .meta({
    documented: { type: 'string', pattern: '^\\d+:\\d+$', examples: ['1:0'] },
    description:
      'Wait, at most 5 s, until the answer holds the event at this position: read your own writes.',
  });
