import { z } from 'zod';
import type { WebhookDoc } from '../../../infra/http/webhook-doc';
import { bookId, copyId, userId } from '../../../schemas/fields';
import { REFUSAL_CODES } from '../../../schemas/refusals';

/** What all notices have. */
const shared = {
  noticeId: z.uuid().describe('The same in every attempt to deliver it.'),
  bookId,
  reservationId: z.uuid(),
  userId,
  subject: z.string().describe('One line for people.'),
  text: z.string().describe('The message for people.'),
};

const noticeBody = z
  .discriminatedUnion('kind', [
    z.object({
      kind: z.literal('ready'),
      ...shared,
      details: z.object({ copyId, pickupBy: z.iso.datetime().describe('Until when the copy is set aside.') }),
    }),
    z.object({
      kind: z.literal('rejected'),
      ...shared,
      details: z.object({
        code: z.string().describe(`Why: ${REFUSAL_CODES.join(', ')}. New codes may be added.`),
      }),
    }),
    z.object({ kind: z.enum(['expired', 'limit-reached']), ...shared, details: z.object({}) }),
  ])
  .meta({ id: 'Notice' });

/** The POST that `NOTICE_CHANNEL=webhook` sends. */
export const NOTICE_WEBHOOK: WebhookDoc = {
  name: 'notice',
  operationId: 'notice',
  tag: 'Notices',
  summary: 'A reader is told what a reservation came to',
  description:
    'Sent to `NOTICE_WEBHOOK_URL` where `NOTICE_CHANNEL=webhook`, signed as Standard Webhooks has it. It may come more than once, ' +
    'under the same `webhook-id`.',
  headers: {
    'webhook-id': 'The ID of the notice.',
    'webhook-timestamp':
      'When this attempt was made, in seconds since 1970. Refuse what is older than five minutes.',
    'webhook-signature':
      '`v1,` and, in base64, the HMAC-SHA256 of `<webhook-id>.<webhook-timestamp>.<body>` under `NOTICE_WEBHOOK_SECRET`.',
  },
  body: noticeBody,
  example: {
    noticeId: '0190b3a4-7c3e-7d2a-9a43-3f6f1f0a9b11',
    kind: 'ready',
    bookId: 'moby-dick',
    reservationId: 'f47ac10b-58cc-4372-a567-0e02b2c3d479',
    userId: 'ishmael',
    details: { copyId: 'moby-dick-1', pickupBy: '2026-11-30T12:00:00.000Z' },
    subject: 'Ready for you: moby-dick',
    text: 'Hello ishmael,\n\nA copy of moby-dick (moby-dick-1) is set aside for you.\n',
  },
  responses: {
    '2XX': 'The notice is taken.',
    '4XX': 'It is refused for good, but for 408 and 429, after which it is sent again.',
    '5XX': 'It is sent again, after `Retry-After` where there is one.',
  },
};
